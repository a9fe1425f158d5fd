"""What the sources say, written down by hand for the tests: nothing here was taken from the files of the edition."""

from typing import Any

Row = dict[str, Any]

#: Where each fact of the three source documents is at work: {file: the facts of it}.
PLACES = {
    "principles": "S0-01 S0-04 S0-36 S0-37 S0-38 S0-39 S2-01 S2-09 S2-11 S2-13 S2-14 S2-41 S2-43 S2-44 S2-55 S3-20 S3-21 S3-24",
    "figures": "S0-02 S0-03 S0-34 S3-19 S3-22 S3-23",
    "effects": "S0-05 S0-16 S0-19 S0-20 S0-22 S0-23 S0-24 S0-25 S0-26 S2-10 S2-12 S2-21 S2-22 S2-25 S2-26 S2-27 S2-29 S2-32 "
               "S2-35 S2-36 S2-37 S2-39 S2-40 S3-14 S3-15 S3-16",
    "dose_guidance": "S0-06 S0-13 S0-14 S0-15 S0-18 S2-19 S2-20 S2-23 S2-24 S2-28 S2-30 S2-31 S2-33 S2-34 S2-38 S3-01 S3-08 "
                     "S3-10 S3-11 S3-13",
    "windows": "S0-07 S0-08 S3-09",
    "goals": "S0-09 S0-17 S2-03 S2-04 S2-05 S2-06 S2-07 S2-08",
    "interventions": "S0-10 S0-11 S0-12 S2-02 S2-45 S2-46 S2-47 S2-48 S2-49 S2-50 S2-51 S2-52 S2-53 S2-54 S3-02 S3-07",
    "medicines": "S0-27 S0-28 S0-29 S0-30 S0-31",
    "schedules": "S0-21 S0-32 S0-33 S0-35 S3-05 S3-17 S3-18",
    "pathways": "S2-15 S2-16 S2-17 S2-18 S2-42 S3-03",
    "prerequisites": "S3-04 S3-06 S3-12",
}  # fmt: skip

PLACE = {code: name for name, codes in PLACES.items() for code in codes.split()}
#: The last fact of each document; they are counted from 1 without a gap.
LAST = {"S0": 39, "S2": 55, "S3": 24}
FACTS = {f"{source}-{number:02}" for source, last in LAST.items() for number in range(1, last + 1)}
JUVENILE = {"S2-41", "S2-42", "S2-43", "S2-44"}
REFERENCES = {
    "S2-01": "1–3, 10, 11", "S2-03": "1", "S2-04": "1, 3", "S2-05": "3", "S2-06": "1", "S2-07": "1, 3", "S2-08": "2",
    "S2-09": "4", "S2-10": "2, 4", "S2-11": "2, 4", "S2-12": "4", "S2-15": "4", "S2-16": "4", "S2-17": "2, 4", "S2-18": "2",
    "S2-19": "4", "S2-20": "4", "S2-22": "2", "S2-23": "4", "S2-24": "4", "S2-25": "2", "S2-26": "2", "S2-27": "2",
    "S2-28": "4", "S2-29": "2", "S2-30": "4", "S2-31": "4", "S2-32": "2", "S2-33": "4", "S2-34": "4", "S2-42": "5",
    "S2-43": "5", "S2-44": "5", "S2-45": "1", "S2-47": "1", "S2-48": "2", "S2-49": "6", "S2-50": "9 (as printed)",
    "S2-52": "1, 3, 6, 8", "S2-53": "6", "S2-54": "9",
}  # fmt: skip

CHECKED = {
    "v_01": {"S3-22"}, "v_02": {"S3-19"}, "v_03": {"S0-34"}, "v_04": {"S3-23"}, "v_05": {"S3-20", "S3-08", "S3-10"},
    "v_06": {"S3-09"}, "v_07": {"S2-09"}, "v_08": {"S3-01"}, "v_09": {"S3-04"}, "v_10": {"S3-05"}, "v_11": {"S3-17"},
    "v_12": {"S3-06"}, "v_13": {"S2-34"}, "v_14": {"S0-02"}, "v_15": {"S0-26", "S3-15"}, "v_16": {"S2-28"},
}  # fmt: skip

DAY, WEEK, DOSE, COURSE = "day", "week", "dose", "course"
#: What each source says: medicine, kind, population, basis, low, high, unit, and the first thing cited.
GUIDANCE = {
    ("prednisone", "range", "any", DAY, "1", "2", "mg/kg", "S0-06"),
    ("prednisone", "range", "any", DAY, "0.75", "1", "mg/kg", "S2-19"),
    ("prednisone", "range", "amyopathic", DAY, "0.5", "1", "mg/kg", "S3-10"),
    ("prednisone", "range", "adult", DAY, "0.5", "1", "mg/kg", "P-BSR22"),
    ("prednisone", "range", "juvenile", DAY, "1", "2", "mg/kg", "P-BSR22"),
    ("methylprednisolone", "pulse", "any", DAY, "1", "1", "g", "S2-20"),
    ("methotrexate", "range", "any", WEEK, "15", "25", "mg", "S0-13"),
    ("methotrexate", "start", "any", WEEK, "10", "10", "mg", "S2-24"),
    ("methotrexate", "range", "any", WEEK, "10", "25", "mg", "S2-24"),
    ("methotrexate", "range", "amyopathic", WEEK, "15", "20", "mg/m2", "S3-10"),
    ("methotrexate", "range", "juvenile", WEEK, "15", "20", "mg/m2", "P-SHARE"),
    ("methotrexate", "limit", "adult", WEEK, None, "25", "mg", "S0-13"),
    ("methotrexate", "limit", "juvenile", WEEK, None, "20", "mg/m2", "P-SHARE"),
    ("azathioprine", "range", "any", DAY, "2", "3", "mg/kg", "S0-14"),
    ("azathioprine", "start", "any", DAY, "50", "50", "mg", "S2-23"),
    ("azathioprine", "range", "any", DAY, "2", "2.5", "mg/kg", "S2-23"),
    ("mycophenolate", "range", "any", DAY, "1", "3", "g", "S0-18"),
    ("mycophenolate", "range", "any", DAY, "2", "3", "g", "S2-31"),
    ("mycophenolate", "start", "amyopathic", DAY, "1", "1", "g", "S3-11"),
    ("ciclosporin", "range", "any", DAY, "2.5", "5", "mg/kg", "S2-33"),
    ("tacrolimus", "range", "any", DAY, "0.1", "0.2", "mg/kg", "S2-34"),
    ("hydroxychloroquine", "range", "amyopathic", DAY, "400", "400", "mg", "S3-01"),
    ("hydroxychloroquine", "range", "amyopathic", DAY, None, "5", "mg/kg", "S3-01"),
    ("hydroxychloroquine", "limit", "any", DAY, None, "5", "mg/kg", "P-AAO16"),
    ("ivig", "range", "any", COURSE, "2", "2", "g/kg", "S0-15"),
    ("ivig", "range", "any", COURSE, "2", "2", "g/kg", "S2-28"),
    ("ivig", "taper", "any", COURSE, "1", "2", "g/kg", "S2-28"),
    ("ivig", "range", "amyopathic", COURSE, "1", "2", "g/kg", "S3-13"),
    ("ivig", "range", "any", COURSE, "2", "2", "g/kg", "P-PRODERM"),
    ("ivig", "taper", "any", COURSE, "1", "1", "g/kg", "S2-28"),
    ("rituximab", "induction", "any", DOSE, "1", "1", "g", "S2-38"),
    ("rituximab", "maintenance", "any", DOSE, "1", "1", "g", "S2-38"),
    ("cyclophosphamide", "pulse", "any", DOSE, None, None, "mg", "S2-30"),
    ("topical_tacrolimus", "range", "amyopathic", DOSE, "0.1", "0.1", "%", "S3-08"),
}

#: What else is said: cap (low, high), days of a course, interval with its unit, number of doses, weeks after which.
MORE: dict[str, Row] = {
    "prednisone_s2": {"cap_low": 60, "cap_high": 80, "cap_unit": "mg"},
    "methylprednisolone_s2_pulse": {"course_days_low": 3, "course_days_high": 5},
    # S2-24: 10 mg a week to begin with, up to 20–25 mg.
    "methotrexate_s2": {"cap_low": 20, "cap_high": 25, "cap_unit": "mg"},
    "methotrexate_share_juvenile": {"cap_low": 40, "cap_high": 40, "cap_unit": "mg"},
    "methotrexate_limit_juvenile": {"cap_low": 40, "cap_high": 40, "cap_unit": "mg"},
    "ivig_s0": {
        "course_days_low": 2,
        "course_days_high": 3,
        "interval_low": 1,
        "interval_high": 1,
        "interval_unit": "mo",
    },
    "ivig_s2": {"course_days_low": 2, "course_days_high": 5},
    "ivig_s2_taper": {"after_weeks": 16},
    "ivig_s3": {"course_days_low": 2, "course_days_high": 2},
    "ivig_proderm": {"interval_low": 4, "interval_high": 4, "interval_unit": "wk"},
    "ivig_proderm_taper": {"after_weeks": 16},
    "rituximab_s2_induction": {"doses": 2},
    "rituximab_s2_maintenance": {"interval_low": 6, "interval_high": 6, "interval_unit": "mo"},
    "cyclophosphamide_s2_pulse": {"interval_low": 4, "interval_high": 6, "interval_unit": "wk"},
}

LINES = {
    "S0-06": [1], "S2-19": [1], "S3-10": [2], "S0-13": [2], "S2-24": [2], "S0-14": [2], "S2-23": [2], "S0-18": [2],
    "S3-11": [2], "S3-01": [1], "S0-15": [3], "S3-13": [3], "S3-08": [1],
}  # fmt: skip

#: Each position that a disagreement has to show: by source and population, a piece of what it says.
POSITIONS = {
    "d_01": {"S0/any": "1–2 mg/kg", "S2/any": "0.75–1 mg/kg a day, at most 60–80 mg", "S3/amyopathic": "0.5–1 mg/kg",
             "P-BSR22/adult": "0.5–1 mg/kg a day, usually 40–60 mg", "P-BSR22/juvenile": "1–2 mg/kg"},
    "d_02": {"S0/any": "2 g/kg over 2–3 days, every month", "S2/any": "2 g/kg over 2–5 days, after 16 weeks 1–2 g/kg",
             "S3/amyopathic": "1–2 g/kg over 2 days", "P-PRODERM/any": "2 g/kg in each cycle of 4 weeks"},
    "d_03": {"S0/any": "15–25 mg a week", "S2/any": "10 mg a week to begin with, up to 20–25 mg", "S3/amyopathic": "15–20 mg/m²",
             "P-SHARE/juvenile": "15–20 mg/m² a week, at most 40 mg"},
    "d_04": {"S0/any": "2–3 mg/kg a day, after a genetic test", "S2/any": "50 mg a day to begin with, then 2–2.5 mg/kg",
             "S3/amyopathic": "not mention"},
    "d_05": {"S0/any": "1–3 g a day", "S2/any": "2–3 g a day", "S3/amyopathic": "0.5 g twice a day"},
    "d_06": {"S0/adult": "Early and hard ends best", "S2/juvenile": "may prevent damage", "S3/amyopathic": "Not in pure"},
    "d_07": {"S0/any": "4–6 weeks", "S2/any": "after 16 weeks", "S3/amyopathic": "12 weeks"},
    "d_08": {"S0/any": "chosen cases", "S2/any": "not list", "S3/amyopathic": "Infliximab or adalimumab",
             "P-ACRILDTX/any": "Advised against as first line"},
    "d_09": {"S0/any": "antisynthetase", "S2/any": "2 × 1 g, then 1 g every 6 months", "S3/amyopathic": "Case reports only"},
    "d_10": {"S0/any": "refractory", "S2/any": "Second or third line", "S3/amyopathic": "Third line"},
    "d_11": {"S0/any": "Ciclosporin with interstitial lung disease", "S2/any": "Both, with doses",
             "S3/amyopathic": "Ciclosporin, in refractory disease of the skin"},
    "d_12": {"S0/any": "not mention", "S2/any": "not mention", "S3/amyopathic": "First line"},
    "d_13": {"S0/any": "every month; the skin for cancer every year", "S2/any": "no interval", "S3/amyopathic": "eyes every year",
             "P-SPS/any": "weeks until the dose has been stable for 6 weeks, monthly for 3 months, then at least every 12 weeks",
             "P-BSR17/any": "As P-SPS", "P-BSR25/any": "By risk"},
    "d_14": {"S0/any": "IVIG, cyclosporine, physical therapy", "S2/any": "IVIg, cyclosporine A, physiotherapy",
             "S3/amyopathic": "IVIG"},
}  # fmt: skip

FIGURES = {
    "incidence_s0": ("1", "{cases_per_100000}/a", "S"), "incidence_myopathies_adults": ("19", "{cases_per_1000000}/a", "V2"),
    "incidence_myopathies_children": ("4", "{cases_per_1000000}/a", "V2"), "sex_ratio": ("2", "{women_per_man}", "S"),
    "share_amyopathic_cadm24": ("49", "%", "V"), "share_amyopathic_cadm02": ("4.96", "%", "V"), "ild_s0": ("65", "%", "V"),
    "ild_marie": ("23.1", "%", "V"), "ild_of_56": ("41.9", "%", "V"), "ild_of_23": ("78", "%", "V"),
    "progression_s3": ("25", "%", "S"), "progression_cadm24": ("5", "%", "V"), "progression_cadm02": ("8", "%", "V"),
    "progression_cadm09": ("18.75", "%", "V"), "progression_ivig_series": ("22", "%", "V"),
    "hydroxychloroquine_alone_enough": ("31.2", "%", "V"), "hydroxychloroquine_more_needed": ("68.8", "%", "V"),
    "antimalarials_stopped": ("55", "%", "V"), "ivig_rank_amyopathic": ("1", "{rank}", "V"),
    "ivig_response_proderm": ("79", "%", "V2"), "placebo_response_proderm": ("44", "%", "V2"),
    "ivig_thromboembolism": ("8", "{events}", "V"), "ck_raised": ("51", "%", "V"),
    "cancer_risk_amyopathic": ("0.44", "{relative_risk}", "V"), "cancer_risk_skin_ulcer": ("2.73", "{relative_risk}", "V"),
    "cancer_risk_tif1g": ("4.66", "{relative_risk}", "V"),
}  # fmt: skip

#: What a number that a check brought up was read in (A.5: V-02, V-03, V-12), by file and code.
READ_IN = {
    ("figures", "ild_of_56"): ("S0-34", {"P-ILD56"}), ("figures", "ild_of_23"): ("S0-34", {"P-ILD23"}),
    ("figures", "progression_ivig_series"): ("S3-19", {"P-IVIGSKIN"}),
    ("effects", "hydroxychloroquine_no_qt_in_cohort"): ("S3-06", {"P-HCQQT"}),
    ("verifications", "v_02"): ("S3-19", {"P-CADM24", "P-CADM02", "P-CADM09", "P-IVIGSKIN"}),
    ("verifications", "v_03"): ("S0-34", {"P-FATHI", "P-MARIE", "P-ILD56", "P-ILD23"}),
    ("verifications", "v_12"): ("S3-06", {"P-HCQQT"}),
}  # fmt: skip

#: Small counts that a figure must not be shown without.
COUNTED = {
    "ild_s0": "11 of 17", "ild_marie": "156", "ild_of_56": "56", "ild_of_23": "23", "progression_cadm24": "269",
    "progression_cadm02": "2 of 25", "progression_cadm09": "3 of 16", "progression_ivig_series": "6 of 27",
    "hydroxychloroquine_alone_enough": "14 of 45", "hydroxychloroquine_more_needed": "31 of 45", "ck_raised": "620",
    "antimalarials_stopped": "153", "ivig_rank_amyopathic": "153", "share_amyopathic_cadm02": "37 of 746",
    "ivig_thromboembolism": "6 patients",
}  # fmt: skip

MEDICINES = {
    "prednisone": "H02AB07", "prednisolone": "H02AB06", "methylprednisolone": "H02AB04", "methotrexate": "L04AX03 L01BA01",
    "azathioprine": "L04AX01", "mycophenolate": "L04AA06", "ciclosporin": "L04AD01", "tacrolimus": "L04AD02",
    "topical_tacrolimus": "D11AH01", "topical_corticosteroid": "D07", "cyclophosphamide": "L01AA01",
    "hydroxychloroquine": "P01BA02", "ivig": "J06BA02", "rituximab": "L01FA01", "abatacept": "L04AA24",
    "tocilizumab": "L04AC07", "infliximab": "L04AB02", "adalimumab": "L04AB04", "folic_acid": "B03BB01",
    "colecalciferol": "A11CC05", "co_trimoxazole": "J01EE01", "trimethoprim": "", "atovaquone": "", "tofacitinib": "L04AF01",
}  # fmt: skip

IMMUNOSUPPRESSANTS = {
    "methotrexate", "azathioprine", "mycophenolate", "ciclosporin", "tacrolimus", "cyclophosphamide", "rituximab", "abatacept",
    "tocilizumab", "infliximab", "adalimumab", "tofacitinib",
}  # fmt: skip

COSTS = {
    "prednisone": (20, 50, "S0-27"), "methotrexate": (50, 200, "S0-28"), "azathioprine": (50, 200, "S0-28"),
    "ivig": (8000, 15000, "S0-29"), "rituximab": (3000, 8000, "S0-30"), "tocilizumab": (3000, 8000, "S0-30"),
}  # fmt: skip

STEROID = "weight_gain osteoporosis diabetes hypertension infection"
CNI = "hypertension kidney liver cancer"
SIDE_EFFECTS = {
    "prednisone": f"{STEROID} muscle_wasting", "prednisolone": STEROID, "methylprednisolone": STEROID,
    "methotrexate": "liver gut infection lung", "azathioprine": "liver gut infection lymphoma skin_cancer",
    "cyclophosphamide": "infection marrow kidney infertility second_cancer", "mycophenolate": "gut infection",
    "ciclosporin": CNI, "tacrolimus": CNI, "rituximab": "infusion_reaction serious_infection heart",
    "ivig": "infusion_reaction headache fever chills allergy thrombosis haemolysis", "hydroxychloroquine": "retina qt",
}  # fmt: skip

BLOODS = ("fbc", "lft", "renal")
#: By medicine and what is wanted: not older than days, option of the site, whether the first dose waits, mark.
NEEDED: dict[str, tuple[int | None, str, bool, str]] = {
    "hydroxychloroquine/eye_exam": (365, "eye_baseline", False, "LP"),
    "hydroxychloroquine/ecg": (180, "ecg_baseline", False, "LP"),
    "methotrexate/folic_acid": (None, "", True, "S"), "azathioprine/tpmt": (None, "", True, "V"),
    **{f"{medicine}/{panel}": (28, "", True, "LP") for medicine in ("methotrexate", "mycophenolate", "azathioprine")
       for panel in BLOODS},
    "mycophenolate/pregnancy_test": (28, "", True, "LP"),
    "rituximab/hepatitis_b": (180, "", True, "LP"), "rituximab/igg": (180, "", True, "LP"),
    **{f"methotrexate/{panel}": (None, "", False, "V")
       for panel in ("hepatitis_c", "hiv", "blood_pressure", "weight_height", "chest_imaging")},
    **{f"{medicine}/hepatitis_b": (None, "", False, "V") for medicine in IMMUNOSUPPRESSANTS - {"rituximab"}},
}  # fmt: skip

MONTHLY, PUBLISHED, ONCE = [(0, 30)], [(0, 14), (42, 30), (132, 84)], None
#: By code: scheme, what it is for, panel, phases (from day, every so many days), grace, mark.
SCHEDULES: dict[str, tuple[Any, ...]] = {
    **{f"monthly_{panel}": ("monthly", "immunosuppressed", panel, MONTHLY, 5, "S") for panel in BLOODS},
    # S0-33 gives no interval, and no published schedule names CK: the same under both schemes.
    "monthly_ck": ("both", "immunosuppressed", "ck", MONTHLY, 5, "LP"),
    **{f"cni_{panel}": ("both", "cni", panel, MONTHLY, 5, "LP") for panel in ("blood_pressure", "drug_level")},
    # B.4: the pages of P-SPS are on methotrexate, azathioprine, mycophenolate, ciclosporin, and two that are not used here.
    **{
        f"published_{code}_{panel}": ("published", code, panel, PUBLISHED, 0, "V")
        for code in ("methotrexate", "azathioprine", "mycophenolate")
        for panel in BLOODS
    },
    **{
        f"published_cyclophosphamide_{panel}": ("published", "cyclophosphamide", panel, PUBLISHED, 0, "LP")
        for panel in BLOODS
    },
    # Nothing published: monthly stays (S0-32); steroid alone has the longest interval of P-SPS, 12 weeks, as a floor.
    **{
        f"published_{who}_{panel}": ("published", who, panel, MONTHLY, 5, "LP")
        for who in ("biologic", "tofacitinib")
        for panel in BLOODS
    },
    **{f"published_floor_{panel}": ("published", "immunosuppressed", panel, [(0, 84)], 0, "LP") for panel in BLOODS},
    **{
        f"published_ciclosporin_{panel}": ("published", "ciclosporin", panel, PUBLISHED, 0, "V")
        for panel in ("fbc", "lft")
    },
    "published_ciclosporin_renal": ("published", "ciclosporin", "renal", [(0, 14), (90, 30)], 0, "V"),
    **{f"published_tacrolimus_{panel}": ("published", "tacrolimus", panel, PUBLISHED, 0, "LP") for panel in BLOODS},
    "skin_cancer_check_yearly": ("both", "immunosuppressed", "skin_cancer_check", [(365, 365)], 0, "S"),
    "hydroxychloroquine_eyes": ("both", "hydroxychloroquine/hcq_no_risk", "eye_exam", [(1826, 365)], 0, "V"),
    "hydroxychloroquine_eyes_risk": ("both", "hydroxychloroquine/hcq_risk", "eye_exam", [(365, 365)], 0, "V"),
    "pft_at_diagnosis": ("both", "everybody", "pft", [(0, ONCE)], 30, "V"),
    "pft_ild": ("both", "ild", "pft", [(0, 183), (365, 365)], 0, "V"),
    # B.3: ambulatory desaturation every 3 to 12 months in lung disease of myositis.
    "desaturation_ild": ("both", "ild", "exertional_desaturation", [(0, 365)], 0, "LP"),
    "pft_ild_risk": ("both", "ild_risk", "pft", [(0, 365)], 0, "LP"),
    "hydroxychloroquine_cdasi": ("both", "hydroxychloroquine", "cdasi", [(84, ONCE)], 7, "S"),
}

#: The medicines of each option of each step.
LADDERS = {
    "amyopathic_step_1": ["hydroxychloroquine", "hydroxychloroquine topical_corticosteroid",
                          "hydroxychloroquine topical_tacrolimus"],
    "amyopathic_step_2": ["prednisone methotrexate folic_acid", "prednisone mycophenolate"],
    "amyopathic_step_3": ["ivig", "rituximab", "infliximab", "adalimumab", "ciclosporin"],
    "severity_mild": ["prednisone"],
    "severity_moderate": ["prednisone azathioprine", "prednisone methotrexate folic_acid", "prednisone mycophenolate",
                          "prednisone ciclosporin", "prednisone tacrolimus"],
    "severity_severe": ["methylprednisolone"],
    "severity_escalate": ["ivig", "cyclophosphamide", "rituximab"],
    "juvenile_step_1": ["prednisolone methotrexate folic_acid", "prednisone methotrexate folic_acid"],
}  # fmt: skip

#: As (measures, any of, assessments).
PANELS = {
    "fbc": ("wbc anc plt", "", ""), "lft": ("alt ast", "", ""), "renal": ("creatinine", "", ""), "ck": ("ck", "", ""),
    "pft": ("", "fvc_pp", "pft"), "hrct": ("", "", "hrct"), "ecg": ("", "qtc", "ecg"), "eye_exam": ("", "", "eye_exam"),
    "skin_cancer_check": ("", "", "skin_check"), "tpmt": ("", "tpmt", ""), "hepatitis_b": ("hbsag anti_hbc", "", ""),
    "hepatitis_c": ("anti_hcv", "", ""), "hiv": ("hiv", "", ""), "igg": ("igg", "", ""), "blood_pressure": ("sbp dbp", "", ""),
    "exertional_desaturation": ("", "spo2_exert_nadir", ""),
    "drug_level": ("", "ciclosporin_level tacrolimus_level", ""), "weight_height": ("weight height", "", ""),
    "pregnancy_test": ("", "", "pregnancy_test"), "chest_imaging": ("", "", "hrct chest_xray"),
    "core_set": ("phga ptga extramusc", "", ""), "cdasi": ("cdasi_a", "", ""), "slt": ("", "", "slt_assessment"),
}  # fmt: skip

LOINC = {
    "ck": "2157-6", "alt": "1742-6", "ast": "1920-8", "ldh": "2532-0", "alp": "6768-6", "albumin": "1751-7", "ggt": "2324-2",
    "wbc": "6690-2", "anc": "751-8", "lymphocytes": "731-0", "hb": "718-7", "plt": "777-3", "mcv": "787-2",
    "eosinophils": "711-2", "egfr": "98979-8", "crp": "1988-5", "esr": "4537-7", "ferritin": "2276-4", "igg": "2465-3",
    "hbsag": "5196-1", "anti_hbc": "13952-7", "anti_hcv": "13955-0", "nt_probnp": "33762-6", "ciclosporin_level": "3520-4",
    "tacrolimus_level": "11253-2", "sbp": "8480-6", "dbp": "8462-4", "heart_rate": "8867-4", "respiratory_rate": "9279-1",
    "hba1c": "4548-4",
    # Not verified, or verified for a mass and not for the amount of substance that is kept here.
    "aldolase": "", "bilirubin": "", "creatinine": "", "hiv": "", "tpmt": "", "nudt15": "", "fev1_fvc": "",
}  # fmt: skip

#: The findings that the criteria on swallowing, lungs, skin and infection name (C.1, C.2, SK-05, IN-01).
ASKED_FINDINGS = (
    "coughing_on_fluids", "wet_voice", "choking", "cannot_manage_secretions", "new_infiltrate", "new_productive_cough",
    "new_cough", "new_dry_cough", "new_ground_glass", "fibrosis_on_hrct", "hrct_progression", "symptoms_worse",
    "alternative_explanation", "skin_ulcer", "cutaneous_necrosis", "suspected_infection",
)  # fmt: skip

#: A piece of the thresholds of drug safety.
CUT_OFFS = {
    "wbc": "Under 3.5", "anc": "Under 1.6", "plt": "Under 140", "eosinophils": "Over 0.5", "mcv": "Over 105",
    "albumin": "Under 30", "alt": "Over 100 U/L", "ast": "Over 100 U/L", "creatinine": "more than 30 %", "egfr": "Under 60",
    "sbp": "Over 140", "dbp": "Over 90", "tpmt": "intermediate: lower dose", "ciclosporin_level": "100 to 200",
    "tacrolimus_level": "5 to 10",
}  # fmt: skip

#: Pieces of B.1 and B.4 that thresholds and notes say with the sources they were read in.
SAID: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "mip": (("Under 60", "20/30/40", "20 ml/kg", "Under 30", "MEP under 40"), set()),
    "mep": (("Under 40", "20/30/40", "20 ml/kg", "MIP under 30"), set()),
    "wst3oz": (("96.5 %", "48.7 %", "55 % and 72 %"), {"P-3OZ", "P-3OZALS"}),
    "haqdi": (("0.22 to 0.25 (unverified)", "0.375", "another disease"), {"P-HAQRA"}),
    "creatinine": (("more than 30 %", "25 %"), {"P-SPS", "P-GENGRAF"}),
    "anc": (("Under 1.6", "mercaptopurine has under 2.0", "under 1.0: with fever consider antibiotics"), {"P-SPS"}),
}

#: Kinds of effects, where the wording of the source decides: S0-18, S2-11, S2-36.
KINDS = {
    "mycophenolate_fewer_side_effects": "evidence",
    "mycophenolate_spares_steroid": "benefit",
    "ivig_spares_steroid": "indication",
}

LP, V = "LP", "V"
#: Typical referrals: who receives, how urgent, how soon (empty where none is given), mark.
REFERRALS = {
    "slt_swallow": ("slt", "urgent", "2 wd", V), "slt_instrumental_study": ("slt", "urgent", "10 wd", LP),
    "pulmonology_baseline": ("pulmonology", "routine", "28 d", LP), "pulmonology_decline": ("pulmonology", "urgent", "", LP),
    "pulmonology_desaturation": ("pulmonology", "urgent", "5 wd", LP),
    **{f"dermatology_{what}": ("dermatology", "routine", "14 d", LP) for what in ("ladder", "cdasi", "skin_cancer_check")},
    "dermatology_ulcer": ("dermatology", "urgent", "2 wd", LP),
    **{
        f"rheumatology_{what}": ("rheumatology", "urgent", "5 wd", LP)
        for what in ("new_disease", "weakness", "progression")
    },
    **{
        f"neurology_{what}{more}": ("neurology", urgency, target, LP)
        for what in ("unclear_weakness", "no_response", "ck_mismatch")
        for more, urgency, target in (("", "routine", "14 d"), ("_urgent", "urgent", "5 wd"))
    },
    **{
        f"{who.replace('-', '_')}_{what}": (who, "routine", "14 d", LP)
        for who in ("physiotherapy", "occupational-therapy")
        for what in ("at_diagnosis", "contracture", "haq_change", "missed_sessions")
    },
    **{
        f"cardiology_{what}": ("cardiology", "urgent", "same day", LP)
        for what in ("troponin", "arrhythmia", "heart_failure")
    },
    "oncology_high_risk": ("oncology", "routine", "14 d", LP), "oncology_red_flags": ("oncology", "urgent", "2 wd", LP),
    "ophthalmology_hydroxychloroquine": ("ophthalmology", "routine", "", LP),
    "pharmacy_hydroxychloroquine_dose": ("pharmacy", "urgent", "", LP),
    "pharmacy_methotrexate_order": ("pharmacy", "urgent", "same day", LP),
    "pharmacy_cni_interaction": ("pharmacy", "urgent", "", LP),
    "rheumatology_transition": ("rheumatology", "routine", "", LP),
    "paediatric_centre_high_risk": ("paediatric-centre", "stat", "same day", V),
}  # fmt: skip

#: Who refers, by who receives. Paediatric rheumatology does for children what rheumatology does for adults.
ANYBODY: set[str] = set()
RH = {"rheumatology", "paediatric-rheumatology"}
SENDERS = {
    "slt": ANYBODY, "paediatric-centre": ANYBODY, "rheumatology": {"dermatology"},
    **dict.fromkeys(("pulmonology", "ophthalmology"), RH | {"dermatology"}),
    **dict.fromkeys(
        ("dermatology", "neurology", "physiotherapy", "occupational-therapy", "cardiology", "oncology", "pharmacy"), RH
    ),
}  # fmt: skip

#: At which criteria a referral suggests itself: they ask the same people for the same thing.
SUGGESTED = {
    "slt_swallow": "SW-01 SW-02 SW-03 SW-04", "slt_instrumental_study": "SW-02", "pulmonology_baseline": "MO-02",
    "pulmonology_decline": "LU-03 LU-04", "pulmonology_desaturation": "LU-02", "dermatology_ladder": "SK-02 SK-03",
    "dermatology_cdasi": "SK-01", "dermatology_ulcer": "SK-05", "dermatology_skin_cancer_check": "MO-03",
    "rheumatology_progression": "PG-01", "neurology_unclear_weakness_urgent": "MU-02 PG-01", "neurology_no_response": "MU-01",
    "physiotherapy_missed_sessions": "RE-01", "occupational_therapy_missed_sessions": "RE-01", "cardiology_troponin": "CA-01",
    "cardiology_arrhythmia": "CA-01", "cardiology_heart_failure": "CA-01", "oncology_high_risk": "MA-01",
    "oncology_red_flags": "MA-01", "ophthalmology_hydroxychloroquine": "PR-01 MO-03",
    "pharmacy_hydroxychloroquine_dose": "DS-07", "pharmacy_methotrexate_order": "DS-08", "pharmacy_cni_interaction": "DS-05",
    "paediatric_centre_high_risk": "PA-01",
}  # fmt: skip

#: The criteria of the sheet, by group: how many each has.
CRITERIA = {
    f"{group}-{number:02}"
    for group, last in {
        "SW": 4, "LU": 7, "MU": 6, "SK": 5, "DS": 8, "PR": 3, "MO": 3, "IN": 2, "MA": 1, "PG": 1, "PA": 3, "RE": 1, "CA": 1,
    }.items()
    for number in range(1, last + 1)
}  # fmt: skip
