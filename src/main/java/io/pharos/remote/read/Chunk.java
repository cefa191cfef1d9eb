package io.pharos.remote.read;

/// Samples of one series in one of Prometheus' encodings.
interface Chunk {
  /// The number of the encoding in the protocol.
  int encoding();

  int samples();

  byte[] toByteArray();
}
