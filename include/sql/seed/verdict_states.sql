-- Fills in what only those rows have that ever counted against a rule.
update ops.verdicts set
    streak = followed.streak,
    state = followed.state,
    firing_since = followed.firing_since
from followed_periods as followed
where verdicts.rowid = followed.judged_id;

update ops.verdicts set inhibited_by = explained.inhibited_by
from explained_periods as explained
where verdicts.rowid = explained.judged_id;
