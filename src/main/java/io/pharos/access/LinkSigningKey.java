package io.pharos.access;

import io.pharos.config.yaml.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Set;
import java.util.random.RandomGenerator;

/// The key that signs links in messages. Prints as nothing but its kind.
public final class LinkSigningKey {
  private static final int BYTES = 32;
  private static final int MOST_BYTES = 4096;

  private final byte[] bytes;

  private LinkSigningKey(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  /// A key from its text.
  ///
  /// @throws IllegalArgumentException when it has less than 32 bytes, which could be guessed
  public static LinkSigningKey of(String text) {
    byte[] bytes = text.strip().getBytes(StandardCharsets.UTF_8);
    if (bytes.length < BYTES || bytes.length > MOST_BYTES) {
      throw new IllegalArgumentException(
          "expected a key of 32 to 4096 bytes (openssl rand -hex 32 makes one), found "
              + bytes.length);
    }
    return new LinkSigningKey(bytes);
  }

  /// The text of a new key.
  ///
  /// @param random must be one that nobody can foresee
  public static String generate(RandomGenerator random) {
    var bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// The key that a file holds.
  ///
  /// @throws ConfigException when it can't be read or is too short
  public static LinkSigningKey read(Path file) {
    try {
      return of(Files.readString(file));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(file.toString(), 0, 0, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new ConfigException(file.toString(), 0, 0, "can't be read: " + e);
    }
  }

  /// The key that a file holds; made, readable by its owner alone, where there is no file yet.
  ///
  /// @throws ConfigException as [#read]
  /// @throws UncheckedIOException when it can't be made
  public static LinkSigningKey readOrMake(Path file, RandomGenerator random) {
    if (!Files.exists(file)) {
      make(file, generate(random));
    }
    return read(file);
  }

  /* Complete before it has its name: a start that is cut off leaves no half of a key. */
  private static void make(Path file, String text) {
    Path half = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.deleteIfExists(half);
      try (var channel =
          Files.newByteChannel(
              half,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              ownerOnly(file))) {
        channel.write(StandardCharsets.US_ASCII.encode(text + "\n"));
      }
      Files.createLink(file, half);
      Files.delete(half);
    } catch (FileAlreadyExistsException _) { // another process was faster; its key is as good
    } catch (IOException e) {
      throw new UncheckedIOException("the key " + file + " can't be made: " + e.getMessage(), e);
    }
  }

  private static FileAttribute<?>[] ownerOnly(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public String toString() {
    return "a link key";
  }
}
