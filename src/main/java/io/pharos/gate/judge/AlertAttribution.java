package io.pharos.gate.judge;

/// What an alert is about.
public enum AlertAttribution {
  /// Its labels name the candidate.
  CANDIDATE,
  /// Its labels name another colour, version, instance or probe.
  OTHER,
  /// It is about the service, and nothing of the service runs beside the candidate.
  SERVICE,
  /// It is about the service, and the candidate is only a part of it.
  SHARED
}
