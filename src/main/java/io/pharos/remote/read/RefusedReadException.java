package io.pharos.remote.read;

/// A request that can't be read or answered.
public final class RefusedReadException extends RuntimeException {
  RefusedReadException(String message) {
    super(message);
  }
}
