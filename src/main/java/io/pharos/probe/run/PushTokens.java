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

/// Finds the push probe to which a token belongs. Caches only digests of tokens: a token is refused
/// as soon as its readable file contains another one. After an unknown token, all files are read
/// again, at most once per [#READ_EVERY]. Thread-safe.
public final class PushTokens {
  /// Maximum time for which a new token in a file may be unknown.
  public static final Duration READ_EVERY = Duration.ofSeconds(5);

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
      Map<String, Path> files, Instant read, Map<String, Set<String>> names, boolean partial) {}

  /// Finds the probe whose file contains this token.
  public Match find(String token) {
    String digest = Sha256.hex(token);
    Map<String, Path> now = files.get();
    Index known = index;
    Set<String> names = known.files.equals(now) ? known.names.get(digest) : null;
    if (names == null || !holds(names, now, token, false)) {
      known = read(now);
      names = known.names.get(digest);
      if (names != null && !holds(names, now, token, true)) {
        return new Match.Nobody();
      }
    }
    if (names == null) {
      return known.partial ? new Match.Unknown() : new Match.Nobody();
    }
    if (names.size() > 1) {
      LOG.error(
          "the push probes {} share one token; reports that name no probe are refused, because their"
              + " probe is unclear",
          names);
      return new Match.Nobody();
    }
    return new Match.Probe(names.iterator().next());
  }

  /// Returns whether the files of these probes contain the token.
  ///
  /// @param unreadable the result if one of the files is unreadable
  private static boolean holds(
      Set<String> names, Map<String, Path> files, String token, boolean unreadable) {
    byte[] shown = token.getBytes(StandardCharsets.UTF_8);
    for (String name : names) {
      Path file = files.get(name);
      try {
        if (file == null
            || !MessageDigest.isEqual(
                shown, new SecretSource.FromFile(file).token().getBytes(StandardCharsets.UTF_8))) {
          return false;
        }
      } catch (IOException _) { // reported when all files are read again
        return unreadable;
      }
    }
    return true;
  }

  private synchronized Index read(Map<String, Path> now) {
    Index known = index;
    Instant time = clock.instant();
    // a clock that was set back must not delay the next reading
    if (known.files.equals(now)
        && !time.isBefore(known.read)
        && time.isBefore(known.read.plus(READ_EVERY))) {
      return known;
    }
    var names = new HashMap<String, Set<String>>();
    boolean partial = false;
    for (var file : now.entrySet()) {
      try {
        String token = new SecretSource.FromFile(file.getValue()).token();
        names.computeIfAbsent(Sha256.hex(token), _ -> new TreeSet<>()).add(file.getKey());
      } catch (IOException e) {
        LOG.error("reports for probe {} are refused: {}", file.getKey(), e.getMessage());
        partial = true;
      }
    }
    index = new Index(Map.copyOf(now), time, Map.copyOf(names), partial);
    return index;
  }
}
