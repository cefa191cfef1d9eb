package io.pharos.remote.write;

/// Numbers of stored items of a request.
public record WriteCounts(int samples, int histograms, int exemplars) {}
