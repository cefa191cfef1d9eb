package io.pharos.ingest.scrape;

import java.nio.file.Path;

/// Whoever keeps tokens fresh in files, and so wants to know when a target takes one no more.
public interface TokenRejectionListener {
  /// No version of any token.
  long UNKNOWN = -1;

  /// Keeps none.
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

  /// Which token the file holds now, from 0; [#UNKNOWN] where the file is none of a token kept
  /// here.
  long version(Path file);

  /// Whether an answer refuses a token, which is then renewed.
  ///
  /// @param version of the token when it was shown
  /// @param body of which the first `length` bytes are the answer's; uncompressed
  boolean isRefusal(Path file, long version, int status, byte[] body, int length);
}
