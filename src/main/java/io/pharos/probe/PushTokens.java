package io.pharos.probe;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.SecretSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the push probe that a token is for. What it remembers are digests; a token counts only if
/// it stands in the probe's file now. The files of all are read when a token is not known, at most
/// once in [#READ_EVERY] for the same probes, whoever asks. Thread-safe.
public final class PushTokens {
  /// How long a token that is put into a file may be unknown still.
  public static final Duration READ_EVERY = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(PushTokens.class);

  private final Supplier<Map<String, Path>> files;
  private final InstantSource clock;
  private volatile Index index = new Index(Map.of(), Instant.MIN, Map.of(), false);

  /// @param files of all push probes that have one, by the probes' names
  public PushTokens(Supplier<Map<String, Path>> files, InstantSource clock) {
    this.files = requireNonNull(files, "files is null");
    this.clock = requireNonNull(clock, "clock is null");
  }

  /// What a token is for.
  public sealed interface Match {
    /// It is that of a probe.
    record Probe(String name) implements Match {
      public Probe {
        requireNonNull(name, "name is null");
      }
    }

    /// It is that of none, or of more than one.
    record Nobody() implements Match {}

    /// It is none of those that can be read, and not all can.
    record Unknown() implements Match {}
  }

  /* Names by the digest of what is in their files. */
  private record Index(
      Map<String, Path> files, Instant read, Map<String, Set<String>> names, boolean partial) {}

  /// The probe whose file holds this token now.
  public Match find(String token) {
    String digest = digest(token);
    Map<String, Path> now = files.get();
    Index known = index;
    Set<String> names = known.files.equals(now) ? known.names.get(digest) : null;
    if (names == null || !holds(names, now, token)) {
      known = read(now);
      names = known.names.get(digest);
    }
    if (names == null) {
      return known.partial ? new Match.Unknown() : new Match.Nobody();
    }
    if (names.size() > 1) {
      LOG.error(
          "the push probes {} have the same token: what comes by it alone is refused, as it does not"
              + " say for which of them it is",
          names);
      return new Match.Nobody();
    }
    return new Match.Probe(names.iterator().next());
  }

  private static boolean holds(Set<String> names, Map<String, Path> files, String token) {
    byte[] shown = token.getBytes(StandardCharsets.UTF_8);
    for (String name : names) {
      Path file = files.get(name);
      try {
        if (file == null
            || !MessageDigest.isEqual(
                shown, new SecretSource.FromFile(file).token().getBytes(StandardCharsets.UTF_8))) {
          return false;
        }
      } catch (IOException _) { // said when all are read
        return false;
      }
    }
    return true;
  }

  private synchronized Index read(Map<String, Path> now) {
    Index known = index;
    Instant time = clock.instant();
    // A clock that was set back must not stop it.
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
        names.computeIfAbsent(digest(token), _ -> new TreeSet<>()).add(file.getKey());
      } catch (IOException e) {
        LOG.error("reports for probe {} are refused: {}", file.getKey(), e.getMessage());
        partial = true;
      }
    }
    index = new Index(Map.copyOf(now), time, Map.copyOf(names), partial);
    return index;
  }

  private static String digest(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
