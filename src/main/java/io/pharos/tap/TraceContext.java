package io.pharos.tap;

import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The W3C trace context of one exchange at the tap.
///
/// @param traceId 32 lower-case hexadecimal digits
/// @param spanId id of the tap's span, 16 lower-case hexadecimal digits
/// @param flags trace flags, two hexadecimal digits
/// @param continued whether the trace id was received with the request
public record TraceContext(String traceId, String spanId, String flags, boolean continued) {
  private static final String NO_TRACE = "0".repeat(32);
  private static final String NO_SPAN = "0".repeat(16);
  private static final int HEADER_LENGTH = 55;
  private static final int MAX_REQUEST_ID_LENGTH = 128;

  /// Returns the context that continues the trace of a request, or starts a new trace if the
  /// request's header is missing or invalid.
  ///
  /// @param received values of the header traceparent; more than one value is invalid
  public static TraceContext of(List<String> received, RandomGenerator random) {
    String parent = received.size() == 1 ? received.getFirst() : "";
    if (isValid(parent)) {
      return new TraceContext(
          parent.substring(3, 35), hex(random, 16), sampled(parent) ? "01" : "00", true);
    }
    return new TraceContext(hex(random, 32), hex(random, 16), "01", false);
  }

  /// Returns the received request id if it is valid; otherwise a new one of 32 hexadecimal digits.
  ///
  /// @param received value of the header X-Request-ID; valid are 1 to 128 letters, digits and
  ///   `._~:+/=@-`
  public static String requestId(@Nullable String received, RandomGenerator random) {
    return received != null && isValidId(received) ? received : hex(random, 32);
  }

  /// Returns the value of the header traceparent that the backend receives.
  public String header() {
    return "00-" + traceId + "-" + spanId + "-" + flags;
  }

  private static boolean isValidId(String id) {
    if (id.isEmpty() || id.length() > MAX_REQUEST_ID_LENGTH) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      boolean alphanumeric =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!alphanumeric && "._~:+/=@-".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isValid(String parent) {
    if (parent.length() < HEADER_LENGTH
        || parent.charAt(2) != '-'
        || parent.charAt(35) != '-'
        || parent.charAt(52) != '-') {
      return false;
    }
    String version = parent.substring(0, 2);
    return isHex(version)
        && !version.equals("ff")
        && (parent.length() == HEADER_LENGTH
            || (!version.equals("00") && parent.charAt(HEADER_LENGTH) == '-'))
        && isHex(parent.substring(3, 35))
        && !parent.startsWith(NO_TRACE, 3)
        && isHex(parent.substring(36, 52))
        && !parent.startsWith(NO_SPAN, 36)
        && isHex(parent.substring(53, HEADER_LENGTH));
  }

  private static boolean sampled(String parent) {
    return (Character.digit(parent.charAt(54), 16) & 1) == 1;
  }

  private static boolean isHex(String text) {
    return text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  /// Returns random hexadecimal digits that are not all zero.
  private static String hex(RandomGenerator random, int digits) {
    char[] text = new char[digits];
    for (int offset = 0; offset < digits; offset += 16) {
      long bits = random.nextLong();
      for (int i = 0; i < 16; i++) {
        text[offset + i] = Character.forDigit((int) (bits >>> (4 * i)) & 0xf, 16);
      }
    }
    if (digits > 0 && text[0] == '0') {
      text[0] = '1';
    }
    return new String(text);
  }
}
