package io.pharos.model;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/// A block of IP addresses, such as `10.0.0.0/8` or `::1`.
///
/// @param address any address of the block
/// @param bits length of the prefix
public record Cidr(InetAddress address, int bits) {
  public Cidr {
    int maxBits = address.getAddress().length * 8;
    if (bits < 0 || bits > maxBits) {
      throw new IllegalArgumentException("/" + bits + " is not between /0 and /" + maxBits);
    }
  }

  /// Parses a block or a single address.
  ///
  /// @throws IllegalArgumentException if the text is neither a block nor an address
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    String first = slash < 0 ? text : text.substring(0, slash);
    InetAddress address =
        IpAddress.parse(first)
            .orElseThrow(
                () -> new IllegalArgumentException("\"" + first + "\" is not an IP address"));
    return new Cidr(
        address,
        slash < 0 ? address.getAddress().length * 8 : Integer.parseInt(text.substring(slash + 1)));
  }

  /// Parses blocks separated by commas; returns none for an empty text.
  ///
  /// @throws IllegalArgumentException if an element is not a block
  public static List<Cidr> parseAll(String text) {
    return Arrays.stream(text.split(","))
        .map(String::strip)
        .filter(element -> !element.isEmpty())
        .map(Cidr::parse)
        .toList();
  }

  /// Whether an address is in the block.
  public boolean contains(InetAddress other) {
    byte[] mine = address.getAddress();
    byte[] theirs = other.getAddress();
    if (mine.length != theirs.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % 8);
      if (((mine[bit / 8] ^ theirs[bit / 8]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }
}
