-- What the removal of ended bans looks up: made when something is removed for the first time, so that whoever keeps
-- everything does not pay for it.
CREATE INDEX IF NOT EXISTS warden_bans_by_signal ON ban_applications(signal_occurence_id);
CREATE INDEX IF NOT EXISTS warden_events_by_signal ON event_sequences(signal_occurence_id);
