/** The tables and functions of a fleet in PostgreSQL. */

/**
 * Everything in one schema, whose name replaces `$schema`. Texts are JSON in columns of type `text`: `jsonb` refuses the
 * character NUL, which commands print.
 */
export const POSTGRES_SCHEMA = `
CREATE SCHEMA IF NOT EXISTS $schema;
SET LOCAL search_path TO $schema;

CREATE TABLE IF NOT EXISTS thread (
  name text PRIMARY KEY,
  epoch bigint NOT NULL DEFAULT 0,
  run_id text NOT NULL DEFAULT '',
  until_ms bigint NOT NULL DEFAULT 0,
  checkpoint text
);
CREATE TABLE IF NOT EXISTS line (
  no bigint GENERATED ALWAYS AS IDENTITY,
  thread text NOT NULL,
  run_id text NOT NULL,
  until_ms bigint NOT NULL,
  PRIMARY KEY (thread, run_id)
);
CREATE TABLE IF NOT EXISTS run (
  run_id text PRIMARY KEY,
  last_seq bigint NOT NULL DEFAULT 0,
  ended boolean NOT NULL DEFAULT false
);
CREATE TABLE IF NOT EXISTS event (
  run_id text NOT NULL,
  seq bigint NOT NULL,
  at_ms bigint NOT NULL,
  epoch bigint NOT NULL,
  event text NOT NULL,
  PRIMARY KEY (run_id, seq)
);
CREATE TABLE IF NOT EXISTS message (
  run_id text NOT NULL,
  seq bigint NOT NULL,
  key text,
  message text NOT NULL,
  PRIMARY KEY (run_id, seq),
  UNIQUE (run_id, key)
);
CREATE TABLE IF NOT EXISTS part (key text PRIMARY KEY, bytes bytea NOT NULL);
ALTER TABLE part ALTER COLUMN bytes SET STORAGE EXTENDED;

CREATE OR REPLACE FUNCTION now_ms() RETURNS bigint LANGUAGE sql AS
  $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

CREATE OR REPLACE FUNCTION acquire(
  p_thread text, p_run text, p_ttl bigint, p_line bigint
) RETURNS TABLE (epoch bigint, checkpoint text) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_thread thread;
  v_now bigint := now_ms();
BEGIN
  INSERT INTO thread (name) VALUES (p_thread) ON CONFLICT DO NOTHING;
  SELECT * INTO v_thread FROM thread WHERE name = p_thread FOR UPDATE;
  DELETE FROM line l WHERE l.thread = p_thread AND l.until_ms <= v_now AND l.run_id <> p_run;
  INSERT INTO line AS l (thread, run_id, until_ms) VALUES (p_thread, p_run, v_now + p_line)
    ON CONFLICT (thread, run_id) DO UPDATE SET until_ms = v_now + p_line;
  IF v_thread.run_id <> p_run AND (
    v_thread.until_ms > v_now OR p_run <> (
      SELECT l.run_id FROM line l WHERE l.thread = p_thread ORDER BY l.no LIMIT 1
    )
  ) THEN
    RETURN;
  END IF;
  RETURN QUERY UPDATE thread t
    SET epoch = t.epoch + 1, run_id = p_run, until_ms = v_now + p_ttl
    WHERE t.name = p_thread RETURNING t.epoch, t.checkpoint;
END $$;

CREATE OR REPLACE FUNCTION renew(
  p_thread text, p_epoch bigint, p_run text, p_ttl bigint, p_line bigint
) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE thread SET until_ms = now_ms() + p_ttl WHERE name = p_thread AND epoch = p_epoch;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE line SET until_ms = now_ms() + p_line WHERE thread = p_thread AND run_id = p_run;
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION release(
  p_thread text, p_epoch bigint, p_run text, p_keep bigint
) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE thread SET until_ms = 0, run_id = '' WHERE name = p_thread AND epoch = p_epoch;
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE line SET until_ms = now_ms() + p_keep WHERE thread = p_thread AND run_id = p_run;
  DELETE FROM line l USING run r
    WHERE l.thread = p_thread AND l.run_id = p_run AND r.run_id = p_run AND r.ended;
END $$;

CREATE OR REPLACE FUNCTION commit_run(
  p_thread text, p_epoch bigint, p_run text, p_after bigint, p_events text[], p_ended boolean,
  p_checkpoint text
) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  v_run run;
BEGIN
  PERFORM 1 FROM thread WHERE name = p_thread AND epoch = p_epoch FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  IF p_checkpoint IS NOT NULL THEN
    UPDATE thread SET checkpoint = p_checkpoint WHERE name = p_thread;
  END IF;
  INSERT INTO run (run_id) VALUES (p_run) ON CONFLICT DO NOTHING;
  SELECT * INTO v_run FROM run WHERE run_id = p_run FOR UPDATE;
  IF v_run.ended OR v_run.last_seq <> p_after OR cardinality(p_events) = 0 THEN RETURN true; END IF;
  INSERT INTO event (run_id, seq, at_ms, epoch, event)
    SELECT p_run, p_after + e.no, now_ms(), p_epoch, e.event
    FROM unnest(p_events) WITH ORDINALITY AS e (event, no);
  UPDATE run SET last_seq = p_after + cardinality(p_events), ended = p_ended WHERE run_id = p_run;
  -- A worker that is killed now cannot give the place back.
  IF p_ended THEN DELETE FROM line WHERE thread = p_thread AND run_id = p_run; END IF;
  PERFORM pg_notify('$channel', p_run);
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION post(p_run text, p_message text, p_key text)
RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO run (run_id) VALUES (p_run) ON CONFLICT DO NOTHING;
  PERFORM 1 FROM run WHERE run_id = p_run FOR UPDATE;
  INSERT INTO message (run_id, seq, key, message)
    SELECT p_run, coalesce(max(seq), 0) + 1, p_key, p_message FROM message WHERE run_id = p_run
    ON CONFLICT (run_id, key) DO NOTHING;
  PERFORM pg_notify('$channel', p_run);
END $$;
`;
