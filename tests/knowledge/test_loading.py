"""The shipped edition: complete, immutable, and loaded without touching what is a hospital's own."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.knowledge import operations
from apps.knowledge.loading import BadFixture
from apps.knowledge.models import Discipline, Edition, Source
from tests.cast import Cast
from tests.knowledge.house import empty, load_from

SHIPPED = Path(settings.BASE_DIR) / "fixtures" / "knowledge"

DISCIPLINES = {
    "rheumatology": "RH", "paediatric-rheumatology": "PR", "dermatology": "DE", "neurology": "NE", "pulmonology": "PU",
    "physiotherapy": "PT", "occupational-therapy": "OT", "slt": "SLT", "pathology": "PA", "coordination": "CO",
    "pharmacy": "PH", "dietetics": "DI", "cardiology": "CA", "ophthalmology": "", "oncology": "", "general-practice": "GP",
    "psychology": "", "social-work": "", "paediatric-centre": "",
}  # fmt: skip
SOURCES = {
    "S0", "S2", "S3", "LP", "GK", "P-TIS", "P-TISJ", "P-TIST", "P-NIEHS",
    "P-MEAS", "P-CDASI", "P-CMAS", "P-CMAS4", "P-PRINTO", "P-SHARE", "P-CARRA", "P-BSR22", "P-BSR17",
    "P-SPS", "P-BSR25", "P-RCO20", "P-AAO16", "P-PPF", "P-PFILD", "P-ACRILD", "P-ACRILDTX", "P-FATHI",
    "P-MARIE", "P-MDA5", "P-MEDRA5", "P-STS", "P-CARD", "P-IMACSCA", "P-CARISK", "P-EULARINF", "P-PRODERM",
    "P-CALL", "P-TANG", "P-CADM24", "P-CADM02", "P-CADM09", "P-DYSPH", "P-EAT", "P-FOIS", "P-3OZ",
    "P-SLT2D", "P-MMRC", "P-TRANS", "P-MINDS", "P-STM", "P-CKALT", "P-ILD56", "P-ILD23", "P-IVIGSKIN",
    "P-HCQQT", "P-GENGRAF", "P-ARTHRITISCENTRE", "P-HAQRA", "P-3OZALS",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_is_loaded_yet(db: None) -> None:
    empty()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED, tmp_path / "knowledge")
    return tmp_path / "knowledge"


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))


def without(folder: Path, code: str) -> None:
    blocks = (folder / "disciplines.yaml").read_text().split("\n\n")
    kept = [block for block in blocks if f"code: {code}\n" not in block + "\n"]
    assert len(kept) == len(blocks) - 1
    (folder / "disciplines.yaml").write_text("\n\n".join(kept))


def test_every_discipline_and_every_source_is_there(knowledge: None) -> None:
    assert dict(Discipline.objects.values_list("code", "letters")) == DISCIPLINES
    assert set(Source.objects.values_list("key", flat=True)) == SOURCES
    core = set(Discipline.objects.filter(core=True).values_list("code", flat=True))
    assert core == set(list(DISCIPLINES)[:10])
    assert not Discipline.objects.filter(sources__isnull=True).exists()


def test_marks_say_how_a_source_was_read(knowledge: None) -> None:
    marks = dict(Source.objects.values_list("key", "mark"))
    assert (marks["P-TIS"], marks["P-EAT"], marks["S2"], marks["LP"], marks["GK"]) == ("V", "V2", "S", "LP", "GK")
    assert Source.objects.get(key="P-CDASI").doi == "10.1111/bjd.13915"
    # B.4: the sheet of the arthritis centre was read second-hand, the copy of the label itself.
    assert (marks["P-ARTHRITISCENTRE"], marks["P-GENGRAF"]) == ("V2", "V")
    assert Source.objects.get(key="P-HCQQT").doi == "10.1186/s13075-021-02646-0"
    unknown = Source.objects.filter(how_seen__contains="publication not identified")
    assert set(unknown.values_list("key", flat=True)) == {"P-ILD56", "P-ILD23", "P-IVIGSKIN"}


def test_loading_again_changes_nothing(knowledge: None) -> None:
    report = load_from(SHIPPED)
    assert (report.added, report.changed, report.retired) == ([], [], [])
    assert Edition.objects.count() == 1
    assert AuditEvent.objects.filter(verb="knowledge.load_edition").count() == 1


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("disciplines.yaml", "  letters: RH\n", "  leters: RH\n", "line 4: unknown key “leters”"),
        ("disciplines.yaml", "  name: Rheumatology\n", "", "“name” is missing"),
        ("disciplines.yaml", "- code: neurology", "- code: dermatology", "“dermatology” stands there twice"),
        ("disciplines.yaml", "sources: [S2, S0, P-SHARE]", "sources: [S2, P-NONE]", "there is no source “P-NONE”"),
        ("disciplines.yaml", "  letters: RH\n", "  letters: RH\n  letters: RX\n", "the key “letters” is given twice"),
        ("sources.yaml", "kind: document", "kind: rumour", "unknown kind “rumour”"),
        ("sources.yaml", "- key: S0", "- key: [S0", "not valid YAML"),
        ("edition.yaml", "edition:", "edicion:", "must hold the one key “edition”"),
    ],
)
def test_a_bad_file_is_named_with_its_rule_and_nothing_is_loaded(
    db: None, folder: Path, name: str, old: str, new: str, told: str
) -> None:
    edit(folder, name, old, new)
    with pytest.raises(BadFixture) as caught:
        load_from(folder)
    assert told in str(caught.value)
    assert name in str(caught.value)
    assert not Discipline.objects.exists()
    assert not Edition.objects.exists()


def test_the_command_says_what_is_wrong_in_a_sentence(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"Nothing was loaded.*edition\.yaml"):
        call_command("load_knowledge", tmp_path)


def test_an_upgrade_loses_no_wording_and_names_one_that_now_stands_beside_a_retired_discipline(
    cast: Cast, folder: Path
) -> None:
    by = cast.administrator.actor
    for code, name in (("slt", "Logopaedics"), ("social-work", "Counselling")):
        operations.override_discipline(
            discipline=Discipline.objects.get(code=code), by=by, at=app_now(), name=name, reason="our word"
        )
    local = operations.add_local_discipline(by=by, at=app_now(), code="music", name="Music therapy")
    edit(folder, "edition.yaml", "2026-11", "2027-05")
    edit(folder, "disciplines.yaml", "name: Speech and language therapy", "name: Speech therapy")
    without(folder, "social-work")
    report = load_from(folder)
    assert report.changed == ["discipline slt"]
    assert report.retired == ["discipline social-work"]
    assert report.overridden_but_retired == ["social-work"]
    slt = Discipline.objects.effective().get(code="slt")
    assert (slt.name, slt.shown_name) == ("Speech therapy", "Logopaedics")
    assert Discipline.objects.effective().get(code="social-work").shown_name == "Counselling"
    local.refresh_from_db()
    assert (local.name, local.retired) == ("Music therapy", False)
    assert Discipline.objects.active().filter(code="social-work").count() == 0


def test_a_local_discipline_in_the_way_of_a_shipped_one_stops_the_upgrade_and_says_so(cast: Cast, folder: Path) -> None:
    operations.add_local_discipline(by=cast.administrator.actor, at=app_now(), code="music", name="Music therapy")
    edit(folder, "disciplines.yaml", "- code: social-work", "- code: music")
    with pytest.raises(BadFixture, match="music"):
        load_from(folder)
    assert Discipline.objects.get(code="social-work").retired is False


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE knowledge_discipline SET name = 'x' WHERE code = 'slt'",
        "DELETE FROM knowledge_discipline_sources",
        "UPDATE knowledge_source SET citation = 'x'",
        "DELETE FROM knowledge_source WHERE key = 'S0'",
        "UPDATE knowledge_edition SET code = 'x'",
        "UPDATE knowledge_discipline SET origin = 'local', edition_id = NULL WHERE code = 'slt'",
    ],
)
def test_shipped_rows_are_immutable_in_the_database_too(knowledge: None, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="by loading an edition only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_shipped_tables_cannot_be_emptied(real_cast: Cast) -> None:
    assert real_cast.site.active
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="by loading an edition only"):
        cursor.execute("TRUNCATE knowledge_discipline CASCADE")
    assert Discipline.objects.filter(origin="shipped").count() == len(DISCIPLINES)


def test_a_hospitals_wording_is_shown_beside_the_shipped_one(cast: Cast) -> None:
    client, pk = cast.administrator.client(), Discipline.objects.get(code="slt").pk
    body = {"name": "Logopaedics", "reason": "our word"}
    shown = client.post(f"/api/v1/disciplines/{pk}/override/", body, format="json").json()
    assert (shown["name"], shown["shipped_name"]) == ("Logopaedics", "Speech and language therapy")
    assert shown["override"]["reason"] == "our word"
    assert client.post(f"/api/v1/disciplines/{pk}/drop-override/").json()["name"] == "Speech and language therapy"
    nothing = client.post(f"/api/v1/disciplines/{pk}/override/", {"reason": "no reason"}, format="json")
    assert nothing.status_code == 422
    assert nothing.json()["errors"][0]["field"] == "name"


def test_a_hospitals_own_discipline_is_changed_with_if_match_and_retired(cast: Cast) -> None:
    client = cast.administrator.client()
    made = client.post("/api/v1/disciplines/", {"code": "music", "name": "Music"}, format="json")
    url, tag = f"/api/v1/disciplines/{made.json()['id']}/", made.headers["ETag"]
    assert client.patch(url, {"name": "Music therapy"}, format="json", headers={"If-Match": tag}).status_code == 200
    assert client.patch(url, {"name": "Song"}, format="json", headers={"If-Match": tag}).status_code == 412
    assert client.post(f"{url}retire/").json()["retired"] is True
    again = client.post("/api/v1/disciplines/", {"code": "music", "name": "Music"}, format="json")
    assert again.status_code == 422
