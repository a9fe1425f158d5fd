"""The two statements by which facts are read. Each part is bounded by an index: patient and instrument, or patient and time."""

#: No text of anybody's is put into these statements: what they are made of stands here, and values are bound.
_VALUES = """
    o.id, o.value_number, o.value_code, o.value_boolean, o.effective_at, o.recorded_at, o.unit, o.reference_high, o.session,
    o.baseline, o.status, o.error_at
"""
_OF = "o.patient_id = p.id AND o.instrument_id = i.id AND o.quality <> 'unacceptable'"
_STANDS = "o.status IN ('final', 'amended')"
_NEWEST = "ORDER BY o.effective_at DESC, o.recorded_at DESC, o.id DESC"

#: Of each instrument what somebody may ask for: the window; the newest values; those before the window; the first one and those
#: that are marked as baseline; those of test sessions; those since the first treatment of a plan; and what is dated ahead.
OBSERVATIONS = f"""
SELECT p.id, i.code, i.name, f.*, NULL::timestamptz AS corrected_at
FROM unnest(%(patients)s::uuid[]) AS p(id)
LEFT JOIN LATERAL (
    SELECT (min(x.starts_on) - %(before_course)s::int)::timestamptz AS since
    FROM plans_treatmentplan l JOIN plans_planversion v ON v.plan_id = l.id JOIN plans_medicationitem x ON x.version_id = v.id
    WHERE %(medicines)s AND l.patient_id = p.id AND v.activated_at IS NOT NULL
) c ON true
CROSS JOIN unnest(%(codes)s::text[], %(since)s::timestamptz[], %(keep)s::int[], %(before)s::int[], %(base)s::int[],
    %(sessions)s::bool[], %(course)s::bool[]) AS w(code, since, keep, before, base, sessions, course)
JOIN knowledge_instrument i ON i.code = w.code
CROSS JOIN LATERAL (
    (SELECT {_VALUES} FROM observations_observation o WHERE {_OF} AND {_STANDS}
        AND o.effective_at >= w.since AND o.effective_at <= %(ahead)s)
    UNION
    (SELECT {_VALUES} FROM observations_observation o WHERE {_OF} AND {_STANDS}
        AND o.effective_at <= %(at)s {_NEWEST} LIMIT w.keep)
    UNION
    (SELECT {_VALUES} FROM observations_observation o WHERE {_OF} AND {_STANDS}
        AND o.effective_at < w.since AND o.effective_at <= %(at)s {_NEWEST} LIMIT w.before)
    UNION
    (SELECT {_VALUES} FROM observations_observation o WHERE {_OF} AND {_STANDS}
        AND o.effective_at <= %(at)s ORDER BY o.effective_at, o.recorded_at, o.id LIMIT w.base)
    UNION
    (SELECT {_VALUES} FROM observations_observation o WHERE {_OF} AND {_STANDS} AND w.sessions AND o.session IS NOT NULL
        AND o.effective_at <= %(at)s)
    UNION
    (SELECT {_VALUES} FROM observations_observation o WHERE {_OF} AND {_STANDS} AND w.course
        AND o.effective_at >= c.since AND o.effective_at <= %(at)s)
    UNION
    (SELECT {_VALUES} FROM observations_observation o WHERE {_OF} AND {_STANDS} AND w.base = 1 AND o.baseline
        AND o.effective_at <= %(at)s)
    UNION
    (SELECT {_VALUES} FROM observations_observation o WHERE {_OF} AND {_STANDS}
        AND o.effective_at > %(at)s AND o.effective_at <= %(ahead)s)
) f
"""  # noqa: S608 - see above

#: Everything that was ever recorded, with when it was replaced.
ALL_OBSERVATIONS = f"""
SELECT o.patient_id, i.code, i.name, {_VALUES}, (
    SELECT c.recorded_at FROM observations_observation c WHERE c.corrects_id = o.id
) AS corrected_at
FROM observations_observation o JOIN knowledge_instrument i ON i.id = o.instrument_id
WHERE o.patient_id = ANY(%(patients)s::uuid[]) AND i.code = ANY(%(codes)s::text[]) AND o.quality <> 'unacceptable'
    AND o.effective_at <= %(ahead)s
"""  # noqa: S608 - see above

#: What is known beside measurements, one row each: patient, kind, id, code, name, true at, recorded at, known to be wrong or over
#: at, and the rest as JSON.
OTHERS = """
SELECT c.patient_id, 'condition', c.id, k.code, k.name, c.effective_at, c.recorded_at, c.error_at, jsonb_build_object(
    'severity', c.severity, 'category', k.category, 'resolved_at', c.resolved_at, 'resolution_known_at', r.recorded_at)
FROM observations_condition c JOIN knowledge_concept k ON k.id = c.concept_id
LEFT JOIN observations_resolution r ON r.id = c.resolution_id
WHERE c.patient_id = ANY(%(patients)s::uuid[]) AND k.code = ANY(%(concepts)s::text[]) AND {standing_c}
    AND c.effective_at <= %(ahead)s
UNION ALL
SELECT r.patient_id, 'resolution', r.id, k.code, k.name, r.effective_at, r.recorded_at, r.error_at, jsonb_build_object(
    'category', k.category, 'discipline', d.code)
FROM observations_resolution r JOIN knowledge_concept k ON k.id = r.concept_id
JOIN knowledge_discipline d ON d.id = r.discipline_id
WHERE r.patient_id = ANY(%(patients)s::uuid[]) AND k.code = ANY(%(concepts)s::text[]) AND {standing_r}
    AND r.effective_at <= %(ahead)s
UNION ALL
SELECT a.patient_id, 'assessment', a.id, a.kind, a.kind, a.effective_at, a.recorded_at, a.error_at, jsonb_build_object(
    'value', a.result, 'discipline', d.code)
FROM observations_assessment a JOIN knowledge_discipline d ON d.id = a.discipline_id
WHERE a.patient_id = ANY(%(patients)s::uuid[]) AND a.kind = ANY(%(assessments)s::text[]) AND {standing_a}
    AND a.effective_at <= %(ahead)s
UNION ALL
SELECT b.patient_id, 'antibody', b.id, b.code, b.code, b.effective_at, b.recorded_at, NULL, jsonb_build_object('value', b.result)
FROM patients_antibody b
WHERE b.patient_id = ANY(%(patients)s::uuid[]) AND b.code = ANY(%(antibodies)s::text[]) AND NOT b.entered_in_error
    AND b.effective_at <= %(ahead)s
UNION ALL
SELECT f.patient_id, 'referral', f.id, d.code, n.name, f.sent_at, f.sent_at, {over}, jsonb_build_object('discipline', d.code)
FROM referrals_referral f JOIN knowledge_discipline d ON d.id = f.to_id JOIN knowledge_referralreason n ON n.id = f.reason_id
WHERE f.patient_id = ANY(%(patients)s::uuid[]) AND d.code = ANY(%(referrals)s::text[]) AND f.sent_at IS NOT NULL AND {awaited}
UNION ALL
SELECT t.patient_id, 'target', t.id, t.instrument, '', t.starts_at, t.starts_at, t.ends_at, jsonb_build_object(
    'low', t.low::text, 'high', t.high::text)
FROM patients_targetrange t JOIN knowledge_instrument i ON i.code = t.instrument AND t.unit IN ('', i.unit)
WHERE t.patient_id = ANY(%(patients)s::uuid[]) AND t.instrument = ANY(%(targets)s::text[]) AND {in_force}
UNION ALL
SELECT l.patient_id, 'plan', v.id, l.id::text, '', v.activated_at, v.activated_at,
    CASE WHEN v.state = 'stopped' THEN v.ended_at END, jsonb_build_object('items', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'medicine', m.code, 'dose', x.dose::text, 'unit', x.unit, 'starts_on', x.starts_on, 'stops_on', x.stops_on,
            'frequency', x.frequency, 'period', x.period, 'period_unit', x.period_unit, 'basis', x.basis,
            'course_days', x.course_days, 'route', x.route) ORDER BY x.position, x.id), '[]'::jsonb)
        FROM plans_medicationitem x JOIN knowledge_medicine m ON m.id = x.medicine_id
        WHERE x.version_id = v.id AND x.dose IS NOT NULL))
FROM plans_planversion v JOIN plans_treatmentplan l ON l.id = v.plan_id
WHERE %(medicines)s AND l.patient_id = ANY(%(patients)s::uuid[]) AND v.state IN ('active', 'superseded', 'stopped')
    AND v.activated_at IS NOT NULL
"""

STANDING_NOW = {
    **{f"standing_{name}": f"{name}.status IN ('final', 'amended')" for name in ("c", "r", "a")},
    "over": "NULL",
    "awaited": "f.state = ANY(%(awaited)s::text[])",
    "in_force": "t.starts_at <= %(at)s AND (t.ends_at IS NULL OR t.ends_at > %(at)s)",
}
#: A referral was awaited until it was last reported, declined or ended.
EVER = {
    **{f"standing_{name}": f"{name}.status <> 'superseded'" for name in ("c", "r", "a")},
    "over": (
        "CASE WHEN f.state = ANY(%(awaited)s::text[]) THEN NULL ELSE coalesce((SELECT max(s.at) FROM referrals_transition s"
        " WHERE s.referral_id = f.id AND NOT s.target = ANY(%(awaited)s::text[]) AND s.source = ANY(%(awaited)s::text[])),"
        " f.ended_at, f.sent_at) END"
    ),
    "awaited": "true",
    "in_force": "true",
}
OTHERS_NOW = OTHERS.format(**STANDING_NOW)
OTHERS_EVER = OTHERS.format(**EVER)
