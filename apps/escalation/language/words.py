"""The vocabulary of criteria: every word with what it takes, what it says, its unit and an example. Standard library only."""

from dataclasses import dataclass, field

NUMBER, TEXT, BOOLEAN, VALUE = "number", "text", "boolean", "value"
#: Arguments that are named as they are. All the others stand in quotes.
BARE = frozenset({"instrument", "measured", "measure"})
SAME = "same"


@dataclass(frozen=True)
class Word:
    """A function of the vocabulary.

    `arguments` are their kinds in order, the last `optional` of them may be left out. `says` is number, text, boolean, or value:
    whatever the instrument holds. `unit` is UCUM; “same” is that of the first argument. `reads` is how far back it looks: last
    (the most recent value), two (the last two), window, step (the window and the value before it), base (the first value and
    those that a clinician has marked), session (those of test sessions), all. `choices` are what a text can be. `absence`: it
    may hold because something is not there, or because time has passed.
    """

    arguments: tuple[str, ...]
    optional: int
    says: str
    meaning: str
    example: str
    unit: str = ""
    reads: str = "last"
    choices: tuple[str, ...] = ()
    absence: bool = False


@dataclass(frozen=True)
class Flag:
    """A word without arguments. `looks_at` are the measures it depends on, each with how far back it looks and the window."""

    says: str
    meaning: str
    example: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    looks_at: tuple[tuple[str, str, str], ...] = ()
    medicines: bool = False
    absence: bool = False


def _value(arguments: tuple[str, ...], optional: int, meaning: str, example: str, reads: str, unit: str = SAME) -> Word:
    return Word(arguments, optional, NUMBER, meaning, example, unit=unit, reads=reads)


VOCABULARY: dict[str, Word] = {
    "latest": Word(
        ("instrument", "window"),
        1,
        VALUE,
        "The most recent value; unknown when there is none, or none in the window.",
        "latest(eat10) >= p.positive",
        SAME,
    ),
    "prior": Word(
        ("instrument", "window"), 1, VALUE, "The value before the most recent one.", "prior(fois) > p.tube", SAME, "two"
    ),
    "base": _value(
        ("measured", "medicine"),
        1,
        "The value that a clinician has marked as baseline, else the first on record. With a medicine: the last value of the 28"
        " days up to its start, else the first of the 14 days after it.",
        'base(mmt8_150, "systemic_steroid") < p.full',
        "base",
    ),
    "hi": _value(
        ("measured", "window"),
        0,
        "The highest value in the window, the most recent one left out.",
        'hi(fvc_pp, "365d") > p.limit',
        "window",
    ),
    "lo": _value(
        ("measured", "window"),
        0,
        "The lowest value in the window, the most recent one left out.",
        'lo(mmrc, "365d") < p.limit',
        "window",
    ),
    "highest": _value(
        ("measured", "window"),
        0,
        "The highest value in the window, the most recent one among them.",
        'highest(temp, "72h") >= p.fever',
        "window",
    ),
    "lowest": _value(
        ("measured", "window"),
        0,
        "The lowest value in the window, the most recent one among them.",
        'lowest(spo2_rest_ra, "24h") <= p.limit',
        "window",
    ),
    "drop": _value(
        ("measured", "window"),
        0,
        "How far the most recent value lies under the highest one in the window.",
        'drop(fvc_pp, "365d") >= p.fvc',
        "window",
    ),
    "rise": _value(
        ("measured", "window"),
        0,
        "How far the most recent value lies over the lowest one in the window.",
        'rise(mmrc, "365d") >= p.worse',
        "window",
    ),
    "loss_percent": _value(
        ("measured", "window"),
        0,
        "How far the most recent value lies under the highest one in the window, in percent of that one.",
        'loss_percent(weight, "90d") >= p.three_months',
        "window",
        "%",
    ),
    "ratio": _value(
        ("measured", "window"),
        0,
        "The most recent value as a multiple of the lowest one in the window.",
        'ratio(creatinine, "365d") > p.rise',
        "window",
        "1",
    ),
    "stepped_up": _value(
        ("measured", "window"),
        0,
        "The largest rise from one value to the next, the later of the two in the window.",
        'stepped_up(mmrc, "28d") >= p.breathless',
        "step",
    ),
    "drop_from_prior": _value(
        ("measured", "window"),
        1,
        "How far the most recent value lies under the one before, if that lies in the window.",
        'drop_from_prior(fois, "56d") >= p.drop',
        "two",
    ),
    "rise_from_prior": _value(
        ("measured", "window"),
        1,
        "How far the most recent value lies over the one before, if that lies in the window.",
        'rise_from_prior(phga, "365d") >= p.worse',
        "two",
    ),
    "drop_from_base": _value(
        ("measured", "window"),
        1,
        "How far the most recent value, if it lies in the window, lies under the baseline.",
        'drop_from_base(spo2_rest_ra, "28d") >= p.desaturation',
        "base",
    ),
    "rise_from_base": _value(
        ("measured", "window"),
        1,
        "How far the most recent value, if it lies in the window, lies over the baseline.",
        "rise_from_base(qtc) >= p.longer",
        "base",
    ),
    "times_limit": _value(
        ("measured", "window"),
        1,
        "The most recent value as a multiple of the upper limit that its laboratory sent with it.",
        "times_limit(tni) > p.times",
        "last",
        "1",
    ),
    "session_drop": _value(
        ("measured", "measured", "window"),
        1,
        "By how much a value fell within the most recent test session that has both: the first measure less the second.",
        "session_drop(spo2_rest_ra, spo2_exert_nadir) >= p.drop",
        "session",
    ),
    "missing": Word(
        ("measure", "window"),
        1,
        BOOLEAN,
        "Whether there is no value or assessment; true of absence.",
        'missing(slt_assessment, "28d")',
        absence=True,
    ),
    "days_since": Word(
        ("measure",),
        0,
        NUMBER,
        "Whole days since the last value or assessment; unknown when there is none.",
        "days_since(cdasi_a) > p.days",
        "d",
        absence=True,
    ),
    "result": Word(
        ("assessment", "window"),
        1,
        TEXT,
        "What the most recent assessment of a kind found, in its word or grade.",
        'result("imacs_risk") == "high"',
    ),
    "finding": Word(
        ("finding", "window"),
        1,
        BOOLEAN,
        "Whether a finding is recorded and not resolved; with a window, one that began in it.",
        'finding("new_cough", "28d")',
    ),
    "complication": Word(
        ("complication", "window"),
        1,
        BOOLEAN,
        "Whether a complication is recorded and not resolved; with a window, one that began in it.",
        'complication("dysphagia")',
    ),
    "severe": Word(
        ("concept",),
        0,
        BOOLEAN,
        "Whether a complication or finding is recorded as severe and not resolved.",
        'severe("pneumonitis")',
    ),
    "resolved": Word(
        ("concept", "discipline"),
        1,
        BOOLEAN,
        "Whether it was declared over, by that discipline where one is named, since the last evidence.",
        'resolved("dysphagia", "slt")',
    ),
    "antibody": Word(
        ("antibody",),
        0,
        TEXT,
        "The result of the most recent test for an antibody; unknown when it was never tested.",
        'antibody("mda5") == "positive"',
        choices=("positive", "negative", "equivocal"),
    ),
    "active": Word(
        ("medicine", "tail"),
        1,
        BOOLEAN,
        "Whether a medicine, or one of a group, is taken; with days, also when it ended at most so many days ago.",
        'active("methotrexate")',
    ),
    "days_on": Word(
        ("medicine",),
        0,
        NUMBER,
        "Whole days since the present course of a medicine or group began; unknown when none goes on.",
        'days_on("hydroxychloroquine") >= p.days',
        "d",
        absence=True,
    ),
    "dose_mg_day": Word(
        ("medicine",),
        0,
        NUMBER,
        "What is taken of a medicine a day, averaged over 7 days.",
        'dose_mg_day("prednisone") > p.dose',
        "mg/d",
    ),
    "dose_mg_kg_day": Word(
        ("medicine",),
        0,
        NUMBER,
        "The same for each kg of the last weight of 365 days.",
        'dose_mg_kg_day("hydroxychloroquine") > p.dose',
        "mg/kg/d",
    ),
    "days_on_strong_steroid": Word(
        ("dose",),
        0,
        NUMBER,
        "Whole days since the present course of systemic steroids began, if so many mg of prednisone-equivalent per kg and day,"
        " or an intravenous pulse, was reached in it; unknown when it was not.",
        "days_on_strong_steroid(p.dose) >= p.window",
        "d",
        absence=True,
    ),
    "tis": Word(
        ("medicine", "window"),
        1,
        NUMBER,
        "The Total Improvement Score from the start of the last course of a medicine to the latest complete core set;"
        " with a window, to one of at least so many days after the start. Unknown while a measure is missing.",
        'tis("systemic_steroid", "28d") < p.tis_min',
        "{score}",
        "all",
    ),
    "no_tis": Word(
        ("medicine", "window"),
        1,
        BOOLEAN,
        "Whether that score cannot be computed; true of absence.",
        'no_tis("systemic_steroid", "28d")',
        reads="all",
        absence=True,
    ),
    "overdue": Word(
        ("panel",),
        0,
        BOOLEAN,
        "Whether a panel is overdue by the schedules in force (plans work it out).",
        'overdue("pft")',
        absence=True,
    ),
    "open_referral": Word(
        ("discipline",),
        0,
        BOOLEAN,
        "Whether the patient is referred to a discipline and its report is not there yet.",
        'open_referral("slt")',
    ),
    "own_target": Word(
        ("measured",),
        0,
        BOOLEAN,
        "Whether the patient's team aims at a range of its own, with a lower bound.",
        "own_target(spo2_rest_ra)",
    ),
    "target_low": _value(
        ("measured",),
        0,
        "The lower bound of the patient's own range; unknown when there is none.",
        "latest(spo2_rest_ra) < target_low(spo2_rest_ra)",
        "last",
    ),
}

FLAGS: dict[str, Flag] = {
    "adult": Flag(BOOLEAN, "Onset as an adult, and 18 years old or more.", "adult && latest(bmi) < p.bmi"),
    "jdm": Flag(BOOLEAN, "Juvenile onset, at any age until re-classified on purpose.", "jdm && latest(cmas) < p.cmas"),
    "onset": Flag(TEXT, "The class of onset.", 'onset == "juvenile"', choices=("adult", "juvenile")),
    "phenotype": Flag(
        TEXT,
        "The phenotype on record.",
        'phenotype == "amyopathic"',
        choices=("unclassified", "classic", "amyopathic", "hypomyopathic"),
    ),
    "sex": Flag(TEXT, "Administrative gender.", 'sex == "female"', choices=("male", "female", "other", "unknown")),
    "immunosuppressed": Flag(
        BOOLEAN,
        "An immunosuppressant is taken, rituximab up to 6 months after its last day, or 20 mg of prednisone-equivalent a day"
        " and more for at least 14 days (C.0 [LP]).",
        "immunosuppressed && highest(temp, p.recent) >= p.fever",
        looks_at=(("weight", "last", ""), ("height", "last", "")),
        medicines=True,
    ),
    "dysphagia_active": Flag(
        BOOLEAN,
        "Within 90 days an EAT-10 of 3 or more, a failed 3-oz test, a FOIS of 5 or less; or dysphagia is recorded; until"
        " speech therapy records it resolved (C.0; P-EAT, P-3OZ, P-FOIS).",
        "dysphagia_active && latest(bmi) < p.bmi",
        looks_at=(("eat10", "window", "90d"), ("wst3oz", "window", "90d"), ("fois", "window", "90d")),
    ),
    "days_since_diagnosis": Flag(
        NUMBER,
        "Whole days since the diagnosis; unknown without its date.",
        "days_since_diagnosis > p.days",
        "d",
        absence=True,
    ),
    "body_mass_index": Flag(
        NUMBER,
        "Computed from the last weight of 365 days and the last height, unless a body mass index was recorded as late; else the"
        " last one of 365 days.",
        "body_mass_index < p.bmi",
        "kg/m2",
        looks_at=(("bmi", "last", ""), ("weight", "last", ""), ("height", "last", "")),
    ),
    "vc_ml_kg": Flag(
        NUMBER,
        "The last forced vital capacity in millilitres for each kg of the last weight of 365 days.",
        "vc_ml_kg < p.volume",
        "mL/kg",
        looks_at=(("fvc", "last", ""), ("weight", "last", "")),
    ),
    "prednisone_mg_day": Flag(
        NUMBER,
        "All systemic steroids as so much prednisone a day.",
        "prednisone_mg_day >= p.dose",
        "mg/d",
        looks_at=(("weight", "last", ""), ("height", "last", "")),
        medicines=True,
    ),
}

#: Words that ask what is taken.
OF_MEDICINES = frozenset({
    "active", "days_on", "dose_mg_day", "dose_mg_kg_day", "days_on_strong_steroid", "tis", "no_tis", "base", "overdue",
})  # fmt: skip


@dataclass(frozen=True)
class Names:
    """What an expression may name, as the knowledge in force has it.

    `kinds` says of an instrument whether it is a number, a code or yes/no, `units` its unit (UCUM), `codes` what a code can be,
    `categories` of a concept whether it is a finding or a complication; what they do not list is not checked for it.
    """

    instruments: frozenset[str]
    assessments: frozenset[str]
    concepts: frozenset[str]
    disciplines: frozenset[str]
    kinds: dict[str, str] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    medicines: frozenset[str] = frozenset()
    panels: frozenset[str] = frozenset()
    antibodies: frozenset[str] = frozenset()

    def problem(self, kind: str, text: str) -> str:
        """What is wrong with naming this there; an empty string when nothing is."""
        known = {
            "instrument": self.instruments, "measured": self.instruments, "measure": self.instruments | self.assessments,
            "assessment": self.assessments, "discipline": self.disciplines, "medicine": self.medicines, "panel": self.panels,
            "antibody": self.antibodies,
        }.get(kind, self.concepts)  # fmt: skip
        if text not in known:
            return f"there is no {'instrument' if kind == 'measured' else kind} “{text}”"
        if kind == "measured" and self.kinds.get(text, NUMBER) != NUMBER:
            return f"“{text}” has no numbers"
        category = self.categories.get(text, kind)
        wrong = kind in {"finding", "complication"} and category != kind
        return f"“{text}” is a {category} and no {kind}" if wrong else ""
