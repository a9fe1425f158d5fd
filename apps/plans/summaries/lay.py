"""Words of knowledge as somebody says them who has not studied medicine. What is not here stands as it is.

It only says the same more plainly: a name that a hospital has put in place of a shipped one is never replaced.
"""

#: What medicines may do, as far as a patient is told: nothing is promised, and nothing compared with another medicine.
MAY = {
    "Damps inflammation": "may help to calm inflammation",
    "Modulates the immune response": "may help by changing how your immune system works",
    "Spares steroid": "may help you to need less steroid",
    "Spares the harm of steroid taken for long": "may help you to need less steroid",
    "Spares steroid, often effective": "may help you to need less steroid",
    "There is evidence that it helps the muscles": "may help your muscles",
    "There is evidence that it helps the interstitial lung disease of myositis": "may help your lungs",
    "May help strength": "may help your strength",
    "May help the skin": "may help your skin",
}
LAY = {
    # What they may do, too.
    "Osteoporosis": "thin bones (osteoporosis)",
    "Wasting of muscle": "weaker muscles",
    "Raised liver enzymes": "changed liver values in blood tests",
    "Upset of stomach and bowel": "an upset stomach or bowel",
    "Lymphoma": "cancer of the lymph glands (lymphoma)",
    "Non-melanoma skin cancer": "skin cancer",
    "Suppressed bone marrow": "too few blood cells",
    "Infertility": "difficulty in having children",
    "Second cancer": "cancer",
    "Damage to the lung": "harm to the lungs",
    "Damage to the kidney": "harm to the kidneys",
    "Damage to the liver": "harm to the liver",
    "Damage to the retina": "harm to the back of the eye (retina)",
    "Long QT": "changes in the heart's rhythm (long QT)",
    "Thrombosis": "blood clots (thrombosis)",
    "Haemolysis": "breaking up of red blood cells (haemolysis)",
    # What is examined.
    "Full blood count": "Blood test: blood cells (full blood count)",
    "Liver tests": "Blood test: liver",
    "Kidney function": "Blood test: kidneys",
    "Creatine kinase": "Blood test: muscle enzyme (creatine kinase)",
    "TPMT": "Blood test: how your body breaks down a medicine (TPMT)",
    "Immunoglobulin G": "Blood test: antibodies (immunoglobulin G)",
    "Level of the calcineurin inhibitor": "Blood test: how much medicine is in your blood",
    "Lung function": "Breathing test (lung function)",
    "HRCT of the chest": "CT scan of the chest",
    "Chest X-ray or HRCT": "X-ray or CT scan of the chest",
    "ECG": "Heart tracing (ECG)",
    "Check of the skin for cancer": "Skin check",
    "Core set of activity": "Questions and examination: how active your disease is",
    "Activity of the skin (CDASI)": "Examination of your skin (CDASI)",
    "Assessment by speech and language therapy": "Swallowing check by a speech and language therapist",
}


def lay(name: str) -> str:
    """The name in plain words."""
    return LAY.get(name, name)
