package io.pharos.gate;

/// Whom an alert speaks of.
public enum AlertAttribution {
  /// Its labels name the candidate.
  CANDIDATE,
  /// Its labels name another colour, version, instance or probe.
  OTHER,
  /// It speaks of the service, and the candidate is all there is of it.
  SERVICE,
  /// It speaks of the service, of which the candidate is a part.
  SHARED
}
