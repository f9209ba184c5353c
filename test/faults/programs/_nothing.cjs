// Loaded by a program that is watched.
