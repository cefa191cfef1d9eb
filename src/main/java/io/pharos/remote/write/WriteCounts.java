package io.pharos.remote.write;

/// How many of what was sent is stored now.
public record WriteCounts(int samples, int histograms, int exemplars) {}
