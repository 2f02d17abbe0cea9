-- revision: h3
-- down_revision: h2
-- message: plain SQL

-- upgrade
INSERT INTO counter (id, n) VALUES (4, 1);
CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, body VARCHAR(50));
INSERT INTO notes (id, body) VALUES (1, 'one'), (2, 'two');
ALTER TABLE notes ADD COLUMN mood VARCHAR(10);
UPDATE counter SET n = n + 1 WHERE id = 4;
CREATE INDEX ix_notes_mood ON notes (mood);
UPDATE notes SET mood = 'calm' WHERE id = 2;

-- downgrade
DROP TABLE notes;
DELETE FROM counter WHERE id = 4;
