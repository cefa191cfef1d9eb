package io.pharos.remote.read;

/// Encoded samples of one series in one of Prometheus' encodings.
interface ReadChunk {
  /// The number of the encoding in the protocol.
  int encoding();

  int samples();

  byte[] toByteArray();
}
