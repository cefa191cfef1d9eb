package io.pharos.access;

import com.password4j.Argon2Function;
import com.password4j.types.Argon2;
import io.pharos.model.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An Argon2id hash of a password in the usual form, `$argon2id$v=19$m=…,t=…,p=1$salt$hash`. A
/// check takes a tenth of a second and [#MEMORY_KIB] of memory, so that a stolen file reveals few
/// passwords.
///
/// @param text the parameters, the salt and the hash
public record PasswordHash(String text) {
  /// Memory of a new hash in KiB, with [#PASSES] passes: OWASP's recommendation of 2023.
  static final int MEMORY_KIB = 19_456;

  private static final int PASSES = 2;
  private static final int LENGTH = 32;
  private static final int SALT_LENGTH = 16;

  private static final int MIN_MEMORY_KIB = 7_168;
  private static final int MAX_MEMORY_KIB = 65_536;
  private static final int MAX_PASSES = 10;

  /// Minimum and maximum length of a new password in characters.
  public static final int MIN_PASSWORD = 12;

  /// See [#MIN_PASSWORD].
  public static final int MAX_PASSWORD = 200;

  /// What [#parse] expects.
  static final String EXPECTED =
      "an Argon2id hash with m from %d to %d, t from 1 to %d and p=1, as pharos user writes it"
          .formatted(MIN_MEMORY_KIB, MAX_MEMORY_KIB, MAX_PASSES);

  private static final Pattern FORM =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=1"
              + "\\$[A-Za-z0-9+/]{11,86}\\$[A-Za-z0-9+/]{43}");

  /// Compared if there is no such person, so that the answer takes as long as for a person.
  static final PasswordHash NOBODYS =
      new PasswordHash(
          "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA"
              + "$t+IX5zfIb8cks/kXZ0FN2jpFK6eNj0skPzBqI0hl9h4");

  /// Hashes a password.
  ///
  /// @param random generates the salt; must be cryptographically secure
  /// @throws IllegalArgumentException if the password is too short or too long
  public static PasswordHash of(String password, RandomGenerator random) {
    if (password.length() < MIN_PASSWORD || password.length() > MAX_PASSWORD) {
      throw new IllegalArgumentException(
          "the password has %d characters, expected %d to %d"
              .formatted(password.length(), MIN_PASSWORD, MAX_PASSWORD));
    }
    var salt = new byte[SALT_LENGTH];
    random.nextBytes(salt);
    return new PasswordHash(hash(password, salt));
  }

  private static String hash(String password, byte[] salt) {
    return Argon2Function.getInstance(MEMORY_KIB, PASSES, 1, LENGTH, Argon2.ID)
        .hash(password.getBytes(StandardCharsets.UTF_8), salt)
        .getResult();
  }

  /// Parses a hash.
  ///
  /// @throws IllegalArgumentException if it has another form, or costs too little or too much
  static PasswordHash parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not of this form");
    }
    int memory = Integer.parseInt(matcher.group(1));
    int passes = Integer.parseInt(matcher.group(2));
    if (memory < MIN_MEMORY_KIB || memory > MAX_MEMORY_KIB || passes < 1 || passes > MAX_PASSES) {
      throw new IllegalArgumentException("other costs");
    }
    return new PasswordHash(text);
  }

  /// Whether this is the hash of a password. Takes a tenth of a second.
  boolean matches(String password) {
    return password.length() <= MAX_PASSWORD
        && Argon2Function.getInstanceFromHash(text)
            .check(
                password.getBytes(StandardCharsets.UTF_8),
                text.getBytes(StandardCharsets.US_ASCII));
  }

  /// Returns a digest that changes with the password and does not reveal the hash.
  String fingerprint() {
    return Sha256.hex(text);
  }

  @Override
  public String toString() {
    return "a password hash"; // never in logs
  }
}
