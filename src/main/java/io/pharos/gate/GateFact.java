package io.pharos.gate;

import io.pharos.model.Sha256;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/// One record in the history of a gate, chained to the record before it
/// (docs/format/gate-facts.md). A fact never changes.
///
/// @param seq from 1
/// @param kind one of the constants below, or a kind of a later version of Pharos
/// @param at when it was recorded, to the microsecond
/// @param content the JSON text that is hashed
/// @param chain SHA-256 over the previous fact's chain and this fact's fields
public record GateFact(
    String gateId, int seq, String kind, Instant at, String content, String chain) {
  /// Kind of the first fact. It contains the deployment's announcement, the policy and all other
  /// fixed data.
  public static final String OPENED = "opened";

  /// Kind of a fact with an observation and the state of the gate after it.
  public static final String OBSERVED = "observed";

  /// Kind of a fact with the last state of a gate that is no longer observed, for a reason other
  /// than an observation.
  public static final String ENDED = "ended";

  /// Kind of a fact with a person's decision in place of the gate's verdict, and its reason.
  public static final String OVERRIDDEN = "overridden";

  /// Kind of a fact with a later event that contradicts the verdict.
  public static final String REGRETTED = "regretted";

  private static final Pattern KIND = Pattern.compile("[a-z_]{1,32}");

  static GateFact first(String gateId, String kind, Instant at, String content) {
    return link(gateId, 1, kind, at, content, beginning(gateId));
  }

  /// Returns a new fact that follows this one.
  ///
  /// @throws IllegalArgumentException when the kind is not 1 to 32 characters a-z and _
  public GateFact next(String nextKind, Instant when, String nextContent) {
    if (!KIND.matcher(nextKind).matches()) {
      throw new IllegalArgumentException(
          "expected 1 to 32 characters a-z and _ as the kind of a fact, found " + nextKind);
    }
    return link(gateId, seq + 1, nextKind, when.truncatedTo(ChronoUnit.MICROS), nextContent, chain);
  }

  /// Returns whether `chain` is the hash of this fact after a fact with the chain `previousChain`.
  public boolean follows(String previousChain) {
    return chain.equals(hash(previousChain, seq, kind, at, content));
  }

  /// Returns the `previousChain` of a gate's first fact.
  public static String beginning(String gateId) {
    return Sha256.hex("gate\n" + gateId);
  }

  private static GateFact link(
      String gateId, int seq, String kind, Instant at, String content, String previousChain) {
    return new GateFact(
        gateId, seq, kind, at, content, hash(previousChain, seq, kind, at, content));
  }

  private static String hash(
      String previousChain, int seq, String kind, Instant at, String content) {
    return Sha256.hex(
        String.join("\n", previousChain, Integer.toString(seq), kind, at.toString(), content));
  }
}
