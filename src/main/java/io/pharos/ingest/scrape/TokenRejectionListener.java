package io.pharos.ingest.scrape;

import java.nio.file.Path;

/// Is notified when a target rejects a token from a file, so that the token can be renewed.
public interface TokenRejectionListener {
  /// The version of files without a known token.
  long UNKNOWN = -1;

  /// Knows no tokens.
  TokenRejectionListener NONE =
      new TokenRejectionListener() {
        @Override
        public long version(Path file) {
          return UNKNOWN;
        }

        @Override
        public boolean isRefusal(Path file, long version, int status, byte[] body, int length) {
          return false;
        }
      };

  /// The version of the token that the file contains now, from 0; [#UNKNOWN] for other files.
  long version(Path file);

  /// Whether an answer rejects a token, which is then renewed.
  ///
  /// @param version version of the token in the request
  /// @param body its first `length` bytes are the answer, uncompressed
  boolean isRefusal(Path file, long version, int status, byte[] body, int length);
}
