package io.pharos.server.api;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/// The content of an answer that may be large. [io.pharos.server.api.refusal.AnswerFilter] writes
/// it within the memory bound of answers.
public interface Rendering {
  /// Writes the whole content.
  void writeTo(OutputStream out) throws IOException;

  /// Returns the whole content as bytes.
  default byte[] bytes() {
    var bytes = new ByteArrayOutputStream(1024);
    try {
      writeTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("an answer can't be written to memory", e);
    }
    return bytes.toByteArray();
  }
}
