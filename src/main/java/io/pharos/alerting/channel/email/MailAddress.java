package io.pharos.alerting.channel.email;

import io.pharos.model.Quoted;
import java.util.ArrayList;
import java.util.List;

/// A mail address with an optional display name: `a@b` or `Name <a@b>`.
record MailAddress(String name, String address) {
  /// Parses an address.
  ///
  /// @throws IllegalArgumentException if the text is not an address
  static MailAddress parse(String text) {
    String line = text.strip();
    int open = line.lastIndexOf('<');
    boolean named = open >= 0 && line.endsWith(">");
    String address = named ? line.substring(open + 1, line.length() - 1).strip() : line;
    String name = named ? unquoted(line.substring(0, open).strip()) : "";
    if (!address.matches("[^\\s@<>,\"\\p{Cntrl}]+@[^\\s@<>,\"\\p{Cntrl}]+")) {
      throw new IllegalArgumentException(
          Quoted.of(text) + " is not a mail address, expected a@b or Name <a@b>");
    }
    return new MailAddress(name.replaceAll("[\\p{Cntrl}<>]", " "), address);
  }

  /// Parses a comma-separated list; commas inside quotes belong to a name.
  static List<MailAddress> parseList(String text) {
    var addresses = new ArrayList<MailAddress>();
    var part = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : ',';
      if (c == '"') {
        quoted = !quoted;
      }
      if (i == text.length() || (c == ',' && !quoted)) {
        if (!part.toString().isBlank()) {
          addresses.add(parse(part.toString()));
        }
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("no mail address in " + Quoted.of(text));
    }
    return addresses;
  }

  private static String unquoted(String name) {
    return name.length() > 1 && name.startsWith("\"") && name.endsWith("\"")
        ? name.substring(1, name.length() - 1)
        : name;
  }

  String domain() {
    return address.substring(address.indexOf('@') + 1);
  }

  @Override
  public String toString() {
    return name.isEmpty() ? address : name + " <" + address + ">";
  }
}
