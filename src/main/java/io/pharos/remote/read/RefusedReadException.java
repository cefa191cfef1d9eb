package io.pharos.remote.read;

/// The request is invalid or can't be answered.
public final class RefusedReadException extends RuntimeException {
  RefusedReadException(String message) {
    super(message);
  }
}
