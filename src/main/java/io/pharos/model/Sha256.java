package io.pharos.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Computes the SHA-256 of texts.
public final class Sha256 {
  private Sha256() {}

  /// Returns the 32 bytes of the hash.
  public static byte[] of(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /// Returns the hash as 64 hex digits.
  public static String hex(String text) {
    return HexFormat.of().formatHex(of(text));
  }
}
