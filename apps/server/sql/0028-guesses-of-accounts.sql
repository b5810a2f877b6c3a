-- Guesses at an account stay counted, however many names that nobody has are tried meanwhile.
alter table sign_in_guess add column of_account boolean not null default false;
