//! Many columns at once: has their joint distribution moved?
