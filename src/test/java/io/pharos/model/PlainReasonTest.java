package io.pharos.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PlainReasonTest {
  static Stream<Arguments> errors() {
    return Stream.of(
        Arguments.of(new NoSuchFileException("/a"), "no such file or folder"),
        Arguments.of(new AccessDeniedException("/a"), "permission denied"),
        Arguments.of(
            new FileAlreadyExistsException("/a"), "a file of this name exists, expected a folder"),
        Arguments.of(new NotDirectoryException("/a"), "it is no folder"),
        Arguments.of(
            new FileSystemException("/a", null, "No space left on device"),
            "No space left on device"),
        Arguments.of(new MalformedInputException(1), "it is no UTF-8 text"),
        Arguments.of(new UnknownHostException("db"), "unknown host"),
        Arguments.of(
            because(new ConnectException(), new UnresolvedAddressException()), "unknown host"),
        Arguments.of(new ConnectException(), "connection refused"),
        Arguments.of(
            because(new ConnectException(), new ClosedChannelException()), "connection refused"),
        Arguments.of(new ConnectException("Connection refused"), "connection refused"),
        Arguments.of(new ConnectException("No route to host"), "No route to host"),
        Arguments.of(new EOFException(), "it ended early"),
        Arguments.of(new IOException("status 503"), "status 503"));
  }

  private static IOException because(IOException error, Throwable cause) {
    error.initCause(cause);
    return error;
  }

  @ParameterizedTest
  @MethodSource("errors")
  void of_anError_isWordsWithoutAClassName(Throwable error, String expected) {
    assertThat(PlainReason.of(error)).isEqualTo(expected);
  }
}
