-- The figures of a log once more, by DuckDB, from its lines alone.
-- Needs the variable `log`. Gives one row a figure: name, from the lines, from the last line, whether they agree
-- (counts exactly, sums of floats to 1e-12 relative).

CREATE MACRO same(a, b) AS a = b OR abs(a - b) <= 1e-12 * greatest(abs(a), abs(b));

CREATE TABLE line AS
SELECT *
FROM read_json(getvariable('log'), format = 'newline_delimited', maximum_object_size = 2000000, columns = {
    seq: 'BIGINT', type: 'VARCHAR', epoch: 'BIGINT', step: 'BIGINT', event: 'BIGINT',
    p: 'DOUBLE', v_hat: 'DOUBLE', accepted: 'BOOLEAN', ground_truth: 'INTEGER',
    tau: 'DOUBLE', pi_a: 'DOUBLE', pi_b: 'DOUBLE',
    scenario: 'JSON', metrics: 'JSON', counts: 'MAP(VARCHAR, BIGINT)', events: 'BIGINT', bytes: 'BIGINT'});

CREATE TABLE one AS
SELECT *, coalesce(accepted, false) AS a FROM line WHERE type = 'interaction';

CREATE TABLE last AS
SELECT metrics, counts, events FROM line WHERE type = 'simulation_ended';

CREATE TABLE parameters AS
SELECT (scenario ->> '$.payoff.s_plus')::DOUBLE AS s_plus,
       (scenario ->> '$.payoff.s_minus')::DOUBLE AS s_minus,
       (scenario ->> '$.payoff.h')::DOUBLE AS h,
       (scenario ->> '$.proxy.sigmoid_k')::DOUBLE AS k
FROM line WHERE type = 'simulation_started';

CREATE TABLE figure AS
SELECT 'toxicity_rate' AS name, (SELECT fsum(1 - p) / count(*) FROM one WHERE a) AS lines,
       (metrics ->> '$.toxicity_rate')::DOUBLE AS stated FROM last
UNION ALL
SELECT 'true_harm_rate', (SELECT (count(*) FILTER (WHERE ground_truth = -1))::DOUBLE / count(ground_truth) FROM one WHERE a),
       (metrics ->> '$.true_harm_rate')::DOUBLE FROM last
UNION ALL
SELECT 'quality_gap', (SELECT fsum(p) FILTER (WHERE a) / count(*) FILTER (WHERE a)
                            - fsum(p) FILTER (WHERE NOT a) / count(*) FILTER (WHERE NOT a) FROM one),
       (metrics ->> '$.quality_gap')::DOUBLE FROM last
UNION ALL
SELECT 'total_welfare', (SELECT fsum(pi_a + pi_b) FROM one WHERE a),
       (metrics ->> '$.total_welfare')::DOUBLE FROM last
UNION ALL
SELECT 'net_social_welfare', (SELECT fsum(p * s_plus - (1 - p) * s_minus - (1 - p) * h) FROM one, parameters WHERE a),
       (metrics ->> '$.net_social_welfare')::DOUBLE FROM last
UNION ALL
SELECT 'brier_score', (SELECT fsum(pow(p - (ground_truth + 1) / 2, 2)) / count(ground_truth) FROM one WHERE ground_truth IS NOT NULL),
       (metrics ->> '$.brier_score')::DOUBLE FROM last
UNION ALL
SELECT 'transfers', (SELECT fsum(abs(tau)) FROM one WHERE a),
       (metrics ->> '$.transfers')::DOUBLE FROM last;

CREATE TABLE tally AS
SELECT 'n_interactions' AS name, (SELECT count(*) FROM one) AS lines, (metrics ->> '$.n_interactions')::BIGINT AS stated FROM last
UNION ALL
SELECT 'n_accepted', (SELECT count(*) FROM one WHERE a), (metrics ->> '$.n_accepted')::BIGINT FROM last
UNION ALL
SELECT 'events', (SELECT max(event) + 1 FROM line), events FROM last
UNION ALL
SELECT 'lines without a number', (SELECT count(*) - count(DISTINCT seq) FROM line), 0
UNION ALL
SELECT 'labels that are not sigmoid(k v_hat)',
       (SELECT count(*) FROM one, parameters WHERE NOT same(p, 1 / (1 + exp(-k * v_hat)))), 0
UNION ALL
SELECT 'count of ' || coalesce(c.key, l.type), coalesce(l.n, 0), coalesce(c.n, 0)
FROM (SELECT type, count(*) AS n FROM line WHERE type <> 'simulation_ended' GROUP BY type) AS l
FULL JOIN (SELECT unnest(map_keys(counts)) AS key, unnest(map_values(counts)) AS n FROM last) AS c ON c.key = l.type;

SELECT name, format('{}', lines), format('{}', stated), coalesce(same(lines, stated), false) FROM figure
UNION ALL
SELECT name, lines::VARCHAR, stated::VARCHAR, coalesce(lines = stated, false) FROM tally ORDER BY ALL;
