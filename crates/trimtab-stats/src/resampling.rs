//! Bootstrap of independent rows and of blocks, and permutations, with a seed.
