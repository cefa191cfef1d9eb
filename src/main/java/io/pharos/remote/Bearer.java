package io.pharos.remote;

import io.pharos.files.OutsideFiles;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.Optional;

/// The bearer token that requests to a server carry. It is asked for each of them, so that one that
/// is renewed in its file is used at once.
@FunctionalInterface
public interface Bearer {
  /// No token.
  Bearer NONE = Optional::empty;

  /// The token as of now; empty for none.
  ///
  /// @throws IOException when it can't be read; the message names the file
  Optional<String> token() throws IOException;

  /// The token that a file holds, without white space around it.
  static Bearer file(Path file) {
    return () -> {
      try {
        return Optional.of(OutsideFiles.text(file).strip());
      } catch (IOException e) {
        throw new IOException("the token's file " + file + " can't be read: " + e, e);
      }
    };
  }

  /// A request with the token.
  default HttpRequest.Builder put(HttpRequest.Builder request) throws IOException {
    token().ifPresent(token -> request.setHeader("Authorization", "Bearer " + token));
    return request;
  }
}
