package io.pharos.access;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/// A block of addresses, as in `10.0.0.0/8` or `::1`.
///
/// @param address any address of the block
/// @param bits how many leading bits all addresses of the block share
public record Cidr(InetAddress address, int bits) {
  public Cidr {
    requireNonNull(address, "address is null");
    int most = address.getAddress().length * 8;
    if (bits < 0 || bits > most) {
      throw new IllegalArgumentException("/" + bits + " is not between /0 and /" + most);
    }
  }

  /// A block, or one address.
  ///
  /// @throws IllegalArgumentException when it is neither
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    InetAddress address =
        InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash)); // no name is resolved
    return new Cidr(
        address,
        slash < 0 ? address.getAddress().length * 8 : Integer.parseInt(text.substring(slash + 1)));
  }

  /// The blocks of a list with commas; an empty text has none.
  ///
  /// @throws IllegalArgumentException when one of them is no block
  public static List<Cidr> parseAll(String text) {
    return Arrays.stream(text.split(","))
        .map(String::strip)
        .filter(one -> !one.isEmpty())
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
