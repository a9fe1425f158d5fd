"""A small edition that tests write, and what they need to load it."""

from pathlib import Path
from typing import Any

from django.db import connection, transaction

from apps.accounts.actors import Careteam
from apps.common.clock import app_now
from apps.knowledge.loading import Report, load
from apps.knowledge.loading.kinds import FILES, KINDS

SMALL = {
    "edition.yaml": 'edition: "2030-01"\n',
    "sources.yaml": """\
- key: S9
  kind: document
  citation: A document.
- key: P-NINE
  kind: publication
  citation: A publication.
- key: LP
  kind: policy
  citation: Local policy.
""",
    "disciplines.yaml": """\
- code: rheumatology
  name: Rheumatology
  core: true
  sources: [S9]
- code: dermatology
  name: Dermatology
  core: true
  sources: [S9]
""",
    "instruments.yaml": """\
- code: ck
  name: Creatine kinase
  unit: U/L
  mark: V
  sources: [S9]
- code: alt
  name: ALT
  unit: U/L
  mark: V
  sources: [S9]
""",
    "statements.yaml": """\
- code: S9-01
  source: S9
  text: Alpha is given.
- code: S9-02
  source: S9
  text: Bloods are taken.
""",
    "panels.yaml": """\
- code: bloods
  name: Bloods
  measures: [ck, alt]
""",
    "medicines.yaml": """\
- code: alpha
  name: Alpha
  klass: csdmard
  immunosuppressant: true
  statements: [S9-01]
  mark: S
- code: beta
  name: Beta
  klass: other
  clashes_with: [alpha]
  sources: [P-NINE]
  mark: V2
""",
    "dose_guidance.yaml": """\
- code: alpha_s9
  medicine: alpha
  basis: day
  low: "0.75"
  high: 1
  unit: mg/kg
  cap_high: 80
  cap_unit: mg
  statements: [S9-01]
  sources: [P-NINE]
  mark: S
""",
    "prerequisites.yaml": """\
- code: alpha_bloods
  medicine: alpha
  panel: bloods
  max_age_days: 28
  statements: [S9-02]
  mark: LP
- code: alpha_with_beta
  medicine: alpha
  beside: beta
  statements: [S9-02]
  mark: S
""",
    "schedules.yaml": """\
- code: alpha_monthly
  reason: medicine
  medicine: alpha
  panel: bloods
  phases:
    - {from_day: 0, every_days: 14}
    - {from_day: 42, every_days: 30}
  statements: [S9-02]
  mark: S
""",
    "windows.yaml": """\
- code: alpha_window
  medicine: alpha
  review_after_weeks: 6
  score: tis
  statements: [S9-01]
  mark: S
""",
    "interventions.yaml": """\
- code: walking
  name: Walking
  disciplines: [rheumatology]
  statements: [S9-01]
  mark: S
""",
    "pathways.yaml": """\
- code: ladder
  name: Ladder
  statements: [S9-01]
  mark: S
  steps:
    - code: ladder_one
      name: First
      enter_when: At once.
      options:
        - {code: a, name: Alpha, medicines: [alpha]}
      statements: [S9-01]
      mark: S
    - code: ladder_two
      name: Second
      enter_when: When the first failed.
      options:
        - {code: b, name: Beta and walking, medicines: [beta], interventions: [walking], note: Together.}
      review_after_weeks: 12
      statements: [S9-01]
      mark: S
""",
    "goals.yaml": """\
- code: strength
  name: Strength
  measures: [ck]
  statements: [S9-01]
  mark: S
""",
    "referral_reasons.yaml": """\
- code: lost_strength
  name: Strength is lost
  to: rheumatology
  from_disciplines: [dermatology]
  urgency: urgent
  target: "5 wd"
  target_means: the patient has been seen
  question: Why?
  criteria: [MU-01]
  panels: [bloods]
  statements: [S9-01]
  mark: LP
""",
    "disagreements.yaml": """\
- code: d_01
  topic: Alpha
  medicines: [alpha]
  positions:
    - {source: S9, says: "0.75–1 mg/kg"}
    - {source: P-NINE, population: adult, says: None at all.}
  statements: [S9-01]
  sources: [P-NINE]
  mark: S
""",
}


def small(folder: Path, **changed: str) -> Path:
    """Write the small edition; `medicines=…` puts another text in the place of medicines.yaml."""
    folder.mkdir(exist_ok=True)
    for name in FILES:
        (folder / name).write_text(changed.get(name.removesuffix(".yaml"), SMALL.get(name, "[]\n")))
    return folder


def with_(name: str, old: str, new: str) -> dict[str, str]:
    """The text of a file of the small edition with one thing changed."""
    text = SMALL[f"{name}.yaml"]
    assert old in text
    return {name: text.replace(old, new, 1)}


def load_from(folder: Path) -> Report:
    """Load an edition."""
    at = app_now()
    return load(folder=folder, by=Careteam(at=at), at=at)


def empty() -> None:
    """Take the shipped knowledge out of the tables, for this test."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('careteam.loading', 'on', true)")
        for kind in reversed([inner for outer in KINDS for inner in (outer, outer.nested) if inner is not None]):
            many: Any = kind.model._meta.many_to_many
            for table in [*(own.remote_field.through._meta.db_table for own in many), kind.model._meta.db_table]:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        cursor.execute("DELETE FROM knowledge_edition")
        cursor.execute("SELECT set_config('careteam.loading', 'off', true)")
