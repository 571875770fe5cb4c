//! What is MySQL's own.
