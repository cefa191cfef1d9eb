package io.pharos.server.api;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/// The entity of an answer that may be large: [AnswerFilter] has it written within the memory that
/// there is for answers.
public interface Rendering {
  void writeTo(OutputStream out) throws IOException;

  /// All of it.
  default byte[] bytes() {
    var bytes = new ByteArrayOutputStream(1024);
    try {
      writeTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("writing an answer to memory", e);
    }
    return bytes.toByteArray();
  }
}
