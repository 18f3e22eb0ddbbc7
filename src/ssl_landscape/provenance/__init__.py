"""Where a result comes from: code fingerprints and the record of each job."""
