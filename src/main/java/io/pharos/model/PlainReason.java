package io.pharos.model;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/// Says in words why a file or a server could not be used, without names of Java's classes.
public final class PlainReason {
  private PlainReason() {}

  /// Returns the reason as the end of a message that names the file or the server, such as `no such
  /// file or folder`.
  public static String of(Throwable error) {
    String message = error.getMessage();
    return switch (error) {
      case NoSuchFileException it when it.getReason() == null -> "no such file or folder";
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException _ -> "a file of this name exists, expected a folder";
      case NotDirectoryException _ -> "it is no folder";
      case FileSystemException it when it.getReason() != null -> it.getReason();
      case CharacterCodingException _ -> "it is no UTF-8 text";
      case UnknownHostException _, UnresolvedAddressException _ -> "unknown host";
      case ConnectException it when message == null || message.equals("Connection refused") ->
          isUnresolved(it) ? "unknown host" : "connection refused";
      case IOException it when message == null && it.getCause() != null -> of(it.getCause());
      default -> message == null ? "it ended early" : message;
    };
  }

  private static boolean isUnresolved(Throwable error) {
    Throwable cause = error.getCause();
    return error instanceof UnresolvedAddressException || (cause != null && isUnresolved(cause));
  }
}
