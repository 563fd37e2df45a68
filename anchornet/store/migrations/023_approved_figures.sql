-- An approved figure as it was shown when it was approved: its numbers after disclosure control, its
-- words and its colours (exports/approved_figures.py). One row a reference, for ever.
create table approved_figures (
    reference varchar,
    content blob,
    recorded_at timestamp
);

-- Its pictures, each as it was first drawn: another release might draw it otherwise.
create table approved_pictures (
    reference varchar,
    size varchar,
    form varchar,
    content blob,
    recorded_at timestamp
);
