-- migration 1: runs, problems, completions and grades

CREATE TABLE meta (
    key   VARCHAR PRIMARY KEY,
    value VARCHAR NOT NULL
);

-- A problem as one data set gives it. gold is an exact fraction written "n" or "n/d";
-- null for imports that brought only verdicts.
CREATE TABLE problems (
    dataset_hash VARCHAR NOT NULL,
    problem_id   VARCHAR NOT NULL,
    content_hash VARCHAR,
    question     VARCHAR,
    solution     VARCHAR,
    gold         VARCHAR,
    template_id  VARCHAR,
    n_steps      INTEGER,
    PRIMARY KEY (dataset_hash, problem_id)
);

-- spec is the canonical JSON that run_id is the hash of (for imports: what the file said).
CREATE TABLE runs (
    run_id         VARCHAR PRIMARY KEY,
    label          VARCHAR NOT NULL UNIQUE,
    source         VARCHAR NOT NULL CHECK (source IN ('generated', 'imported')),
    spec           VARCHAR NOT NULL,
    dataset_hash   VARCHAR NOT NULL,
    primary_grader VARCHAR NOT NULL,
    n_completions  INTEGER NOT NULL CHECK (n_completions >= 1),
    parent_run_id  VARCHAR,
    tokenizer_hash VARCHAR,
    details        VARCHAR NOT NULL,
    created_at     TIMESTAMP NOT NULL
);

-- Tokenizers as JSON of the `tokenizers` library, once each: with them stored tokens can be cut and decoded
-- again without the model.
CREATE TABLE tokenizers (
    tokenizer_hash VARCHAR PRIMARY KEY,
    content        VARCHAR NOT NULL
);

-- What the run plans to evaluate, in order.
CREATE TABLE run_problems (
    run_id     VARCHAR NOT NULL,
    problem_id VARCHAR NOT NULL,
    position   INTEGER NOT NULL,
    PRIMARY KEY (run_id, problem_id)
);

-- Seeded subsets of a run's problems.
CREATE TABLE run_draws (
    run_id     VARCHAR NOT NULL,
    draw_seed  INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    problem_id VARCHAR NOT NULL,
    PRIMARY KEY (run_id, draw_seed, position)
);

CREATE TABLE completions (
    run_id           VARCHAR NOT NULL,
    problem_id       VARCHAR NOT NULL,
    completion_index INTEGER NOT NULL,
    prompt_hash      VARCHAR NOT NULL,
    text             VARCHAR,
    token_ids        INTEGER[],
    n_tokens         INTEGER,
    stop_reason      VARCHAR NOT NULL CHECK (stop_reason IN ('stop', 'length', 'unknown')),
    cap              INTEGER,
    seed             BIGINT,
    engine           VARCHAR NOT NULL,
    dtype            VARCHAR NOT NULL,
    batch_hash       VARCHAR NOT NULL,
    PRIMARY KEY (run_id, problem_id, completion_index)
);

CREATE TABLE grades (
    run_id           VARCHAR NOT NULL,
    problem_id       VARCHAR NOT NULL,
    completion_index INTEGER NOT NULL,
    grader           VARCHAR NOT NULL,
    grader_version   INTEGER NOT NULL,
    outcome          VARCHAR NOT NULL CHECK (outcome IN ('correct', 'incorrect', 'no_answer')),
    extracted        VARCHAR,
    PRIMARY KEY (run_id, problem_id, completion_index, grader)
);

-- How long decoding took; differs between two runs of the same command, so it lies apart.
CREATE TABLE batches (
    run_id     VARCHAR NOT NULL,
    batch_hash VARCHAR NOT NULL,
    n_rows     INTEGER NOT NULL,
    n_tokens   INTEGER NOT NULL,
    seconds    DOUBLE NOT NULL,
    started_at TIMESTAMP NOT NULL
);

-- migration 2: what happened while a model was trained

-- config is the resolved configuration as JSON (for imports: what the files said); problems of a training are
-- those of its data set. parent is the training whose adapter this one went on with.
CREATE TABLE trainings (
    training_id  VARCHAR PRIMARY KEY,
    label        VARCHAR NOT NULL UNIQUE,
    source       VARCHAR NOT NULL CHECK (source IN ('trained', 'imported')),
    method       VARCHAR NOT NULL CHECK (method IN ('grpo', 'sft', 'probe')),
    config       VARCHAR NOT NULL,
    details      VARCHAR NOT NULL,
    created_at   TIMESTAMP NOT NULL
);

-- One row an optimizer step, numbers as the trainer logged them; metrics holds all others as JSON.
-- distance is the norm of the change of the trained weights since the start over the norm at the start.
CREATE TABLE training_steps (
    training_id   VARCHAR NOT NULL,
    step          INTEGER NOT NULL,
    loss          DOUBLE,
    grad_norm     DOUBLE,
    learning_rate DOUBLE,
    entropy       DOUBLE,
    kl            DOUBLE,
    distance      DOUBLE,
    seconds       DOUBLE,
    metrics       VARCHAR NOT NULL,
    PRIMARY KEY (training_id, step)
);

-- One row a completion sampled for training. Rows of one step with one group_index share a prompt. rewards holds
-- the raw components as JSON (null: the component did not apply), reward their weighted sum. outcome and
-- lenient_outcome are the verdicts of the graders boxed and last_number.
CREATE TABLE training_completions (
    training_id     VARCHAR NOT NULL,
    step            INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    group_index     INTEGER NOT NULL,
    problem_id      VARCHAR NOT NULL,
    text            VARCHAR NOT NULL,
    n_tokens        INTEGER,
    stop_reason     VARCHAR NOT NULL CHECK (stop_reason IN ('stop', 'length', 'unknown')),
    box             VARCHAR NOT NULL CHECK (box IN ('none', 'open', 'other', 'number')),
    outcome         VARCHAR CHECK (outcome IN ('correct', 'incorrect', 'no_answer')),
    lenient_outcome VARCHAR CHECK (lenient_outcome IN ('correct', 'incorrect', 'no_answer')),
    reward          DOUBLE,
    rewards         VARCHAR NOT NULL,
    advantage       DOUBLE,
    PRIMARY KEY (training_id, step, position)
);

-- migration 3: what a replicate changes is a record, not words

-- The specification of a run said "" or words such as "dtype float32, batch size 12"; it says null or
-- {"of": run_id, "changes": {"dtype": "float32", "batch_size": 12}}. Running this again changes nothing, and archives
-- of older versions are upgraded by it too.
UPDATE runs SET spec = regexp_replace(spec, '"replicate": ?"[^"]*"', '"replicate": ' || CASE spec ->> '$.replicate'
    WHEN '' THEN 'null'
    ELSE '{"changes": {' || concat_ws(', ',
            '"batch_size": ' || nullif(regexp_extract(spec ->> '$.replicate', 'batch size (\d+)', 1), ''),
            '"batch_tokens": ' || nullif(regexp_extract(spec ->> '$.replicate', 'batch tokens (\d+)', 1), ''),
            '"dtype": "' || nullif(regexp_extract(spec ->> '$.replicate', 'dtype (\w+)', 1), '') || '"'
         ) || '}, "of": "' || parent_run_id || '"}'
    END)
WHERE json_type(spec, '$.replicate') = 'VARCHAR';

-- migration 4: which comparisons of a growing pair were shown

-- One row a number of shared problems at which the pair was shown by a grader's verdicts ('' for each run's primary one).
CREATE TABLE looks (
    base_run_id VARCHAR NOT NULL,
    new_run_id  VARCHAR NOT NULL,
    grader      VARCHAR NOT NULL,
    n_problems  INTEGER NOT NULL,
    shown_at    TIMESTAMP NOT NULL,
    PRIMARY KEY (base_run_id, new_run_id, grader, n_problems)
);

-- migration 5: results of other programs: why a completion stopped in their words, and results that are not there

-- A table's CHECK cannot be changed, so the table is made anew: 'other' joins the reasons.
CREATE TABLE completions_with_detail (
    run_id           VARCHAR NOT NULL,
    problem_id       VARCHAR NOT NULL,
    completion_index INTEGER NOT NULL,
    prompt_hash      VARCHAR NOT NULL,
    text             VARCHAR,
    token_ids        INTEGER[],
    n_tokens         INTEGER,
    stop_reason      VARCHAR NOT NULL CHECK (stop_reason IN ('stop', 'length', 'other', 'unknown')),
    cap              INTEGER,
    seed             BIGINT,
    engine           VARCHAR NOT NULL,
    dtype            VARCHAR NOT NULL,
    batch_hash       VARCHAR NOT NULL,
    stop_detail      VARCHAR,
    PRIMARY KEY (run_id, problem_id, completion_index)
);
INSERT INTO completions_with_detail BY NAME SELECT * FROM completions;
DROP TABLE completions;
ALTER TABLE completions_with_detail RENAME TO completions;

-- Completions that were planned and have no result: an error, a missing verdict. They are never right or wrong;
-- what they leave open is bounded.
CREATE TABLE missing_results (
    run_id           VARCHAR NOT NULL,
    problem_id       VARCHAR NOT NULL,
    completion_index INTEGER NOT NULL,
    reason           VARCHAR NOT NULL,
    PRIMARY KEY (run_id, problem_id, completion_index)
);

-- migration 6: graders that give partial credit

-- score lies in score_range, [lowest, highest] value that the grader can give; both are null where it only says right
-- or wrong. With a score, outcome is 'correct' where it is the highest one.
ALTER TABLE grades ADD COLUMN score DOUBLE;
ALTER TABLE grades ADD COLUMN score_range DOUBLE[];

-- migration 7: completions that run on into turns nobody asked for

-- Only those that do, with the number of characters before the first invented turn: what follows it is not graded, and
-- the token limit that ends it truncated no answer.
CREATE TABLE run_ons (
    run_id           VARCHAR NOT NULL,
    problem_id       VARCHAR NOT NULL,
    completion_index INTEGER NOT NULL,
    runs_on_at       INTEGER NOT NULL,
    PRIMARY KEY (run_id, problem_id, completion_index)
);

-- migration 8: tags of runs

-- Words by which people find their runs again; they decide nothing.
CREATE TABLE run_tags (
    run_id VARCHAR NOT NULL,
    tag    VARCHAR NOT NULL,
    PRIMARY KEY (run_id, tag)
);

-- migration 9: what servers say

-- What a server said of a completion that it made, in its own words and numbers, and what it took. Null: not told.
CREATE TABLE served (
    run_id             VARCHAR NOT NULL,
    problem_id         VARCHAR NOT NULL,
    completion_index   INTEGER NOT NULL,
    finish_reason      VARCHAR,
    served_model       VARCHAR,
    system_fingerprint VARCHAR,
    prompt_tokens      BIGINT,
    completion_tokens  BIGINT,
    cached_tokens      BIGINT,
    seconds            DOUBLE NOT NULL,
    n_attempts         INTEGER NOT NULL,
    token_logprobs     DOUBLE[],
    PRIMARY KEY (run_id, problem_id, completion_index)
);
