package io.pharos.probe.run;

import io.pharos.config.http.SecretSource;
import io.pharos.model.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the push probe to which a token belongs. Caches only digests of tokens. A token is
/// rejected as soon as the file of its probe contains another token, if the file is readable. After
/// an unknown token, all files are read again, at most once per [#READ_INTERVAL]. Thread-safe.
public final class PushTokens {
  /// Maximum time until a new token in a file is accepted.
  public static final Duration READ_INTERVAL = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(PushTokens.class);

  private final Supplier<Map<String, Path>> files;
  private final InstantSource clock;
  private volatile Index index = new Index(Map.of(), Instant.MIN, Map.of(), false);

  /// @param files returns the token files of all push probes by name
  public PushTokens(Supplier<Map<String, Path>> files, InstantSource clock) {
    this.files = files;
    this.clock = clock;
  }

  /// The owner of a token.
  public sealed interface Match {
    /// The token belongs to a probe.
    record Probe(String name) implements Match {}

    /// The token belongs to no probe, or to several.
    record Nobody() implements Match {}

    /// No readable file contains the token, but some files are unreadable.
    record Unknown() implements Match {}
  }

  /* The names of probes by the digests of their tokens. */
  private record Index(
      Map<String, Path> files, Instant read, Map<String, Set<String>> names, boolean incomplete) {}

  /// Finds the probe whose file contains this token.
  public Match find(String token) {
    String digest = Sha256.hex(token);
    Map<String, Path> currentFiles = files.get();
    Index cached = index;
    Set<String> names = cached.files.equals(currentFiles) ? cached.names.get(digest) : null;
    if (names == null || !allContain(names, currentFiles, token, false)) {
      cached = read(currentFiles);
      names = cached.names.get(digest);
      if (names != null && !allContain(names, currentFiles, token, true)) {
        return new Match.Nobody();
      }
    }
    if (names == null) {
      return cached.incomplete ? new Match.Unknown() : new Match.Nobody();
    }
    if (names.size() > 1) {
      LOG.error(
          "the push probes {} share one token; reports that name no probe are rejected, because they"
              + " may belong to any of these probes",
          names);
      return new Match.Nobody();
    }
    return new Match.Probe(names.iterator().next());
  }

  /// Returns whether the files of these probes contain the token.
  ///
  /// @param unreadable the result if one of the files is unreadable
  private static boolean allContain(
      Set<String> names, Map<String, Path> files, String token, boolean unreadable) {
    byte[] tokenBytes = token.getBytes(StandardCharsets.UTF_8);
    for (String name : names) {
      Path file = files.get(name);
      try {
        if (file == null
            || !MessageDigest.isEqual(
                tokenBytes,
                new SecretSource.FromFile(file).token().getBytes(StandardCharsets.UTF_8))) {
          return false;
        }
      } catch (IOException _) { // the error is reported when all files are read again
        return unreadable;
      }
    }
    return true;
  }

  private synchronized Index read(Map<String, Path> currentFiles) {
    Index cached = index;
    Instant time = clock.instant();
    // a clock that was set back must not delay the next reading
    if (cached.files.equals(currentFiles)
        && !time.isBefore(cached.read)
        && time.isBefore(cached.read.plus(READ_INTERVAL))) {
      return cached;
    }
    var names = new HashMap<String, Set<String>>();
    boolean incomplete = false;
    for (var file : currentFiles.entrySet()) {
      try {
        String token = new SecretSource.FromFile(file.getValue()).token();
        names.computeIfAbsent(Sha256.hex(token), _ -> new TreeSet<>()).add(file.getKey());
      } catch (IOException e) {
        LOG.error("reports for probe {} are rejected: {}", file.getKey(), e.getMessage());
        incomplete = true;
      }
    }
    index = new Index(Map.copyOf(currentFiles), time, Map.copyOf(names), incomplete);
    return index;
  }
}
