package io.pharos.gate.judge;

import java.util.List;

/// The classes of answers from the client's view, from good to bad: 2xx, 3xx, 4xx, 5xx, none. A
/// class is a number, so that the classes are boundaries like those of request times.
public final class AnswerClass {
  /// The classes that are worse than a good answer, ascending. An answer counts at each boundary
  /// that its class reaches.
  public static final List<Double> BOUNDARIES = List.of(3.0, 4.0, 5.0, 6.0);

  /// The class of requests without an answer.
  public static final double NONE = 6;

  private static final double GOOD = 2;
  private static final double SERVER_ERROR = 5;

  /// The status that proxies record if the client left before the answer, usually because the
  /// answer took too long.
  private static final String CLIENT_LEFT = "499";

  private AnswerClass() {}

  /// Returns the class of a status: `404`, HAProxy's `4xx`, or an envelope's code, which is `0` if
  /// the answer is good. All other values are server errors.
  public static double of(String status) {
    if (status.isEmpty() || status.equals("0")) {
      return GOOD;
    }
    if (status.equals(CLIENT_LEFT)) {
      return NONE;
    }
    boolean isStatus =
        status.length() == 3 && (status.endsWith("xx") || isDigits(status.substring(1)));
    return switch (isStatus ? status.charAt(0) : ' ') {
      case '1', '2' -> GOOD;
      case '3' -> 3;
      case '4' -> 4;
      default -> SERVER_ERROR;
    };
  }

  private static boolean isDigits(String text) {
    return text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /// Returns the words for the answers at or above a boundary.
  static String text(double boundary) {
    return boundary >= NONE
        ? "not answered"
        : "answered %dxx or worse".formatted(Math.round(boundary));
  }
}
