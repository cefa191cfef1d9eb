package io.pharos.gate.judge;

/// Says what an alert is about: the candidate, its service or another release.
public enum AlertAttribution {
  /// The alert's labels name the candidate.
  CANDIDATE,
  /// The alert's labels name another colour, version, instance or probe.
  OTHER,
  /// The alert is about the service, and only instances of the candidate run.
  SERVICE,
  /// The alert is about the service, and the candidate is only a part of the service.
  SHARED
}
