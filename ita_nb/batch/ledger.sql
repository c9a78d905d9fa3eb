-- The ledger of an output folder. A change of it changes the layout's number in ledger_file.py.

CREATE TABLE IF NOT EXISTS runs (  -- one row: what became of one task, once
    run_id      INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order in which they were recorded
    key         TEXT NOT NULL,
    agency_id   TEXT NOT NULL,
    fiscal_year INTEGER NOT NULL,
    document    TEXT NOT NULL,
    edition     TEXT NOT NULL,
    ended_at    TEXT NOT NULL,  -- ISO 8601, UTC
    cause       TEXT NOT NULL,  -- '' where the documents were made
    place       TEXT NOT NULL,
    message_th  TEXT NOT NULL,
    kept        TEXT NOT NULL,  -- the partial notebook of a failure
    kernel      TEXT NOT NULL,
    attempts    INTEGER NOT NULL,
    seconds     REAL NOT NULL,
    cpu_seconds REAL NOT NULL,
    peak_mb     INTEGER NOT NULL,
    UNIQUE (key, ended_at)
);
CREATE INDEX IF NOT EXISTS runs_by_agency ON runs (agency_id, fiscal_year, document);
CREATE TABLE IF NOT EXISTS editions (  -- one row: what a successful run made
    run_id      INTEGER PRIMARY KEY REFERENCES runs,
    errors      INTEGER NOT NULL,
    pages       INTEGER NOT NULL,
    peers       TEXT NOT NULL,  -- the state of the others' scores with which it compares
    content     TEXT NOT NULL   -- its tables, packed
);
CREATE TABLE IF NOT EXISTS files (  -- one row: a file of an edition
    run_id      INTEGER NOT NULL REFERENCES runs,
    position    INTEGER NOT NULL,
    path        TEXT NOT NULL,  -- under the output folder
    size        INTEGER NOT NULL,  -- bytes
    sha256      TEXT NOT NULL,
    PRIMARY KEY (run_id, position)
);
CREATE INDEX IF NOT EXISTS files_by_path ON files (path, run_id);
CREATE TABLE IF NOT EXISTS renewals (  -- one row: a task to be done anew whatever is in place, until it is
    key         TEXT PRIMARY KEY
);
