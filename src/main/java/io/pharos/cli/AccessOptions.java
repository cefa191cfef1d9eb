package io.pharos.cli;

import static java.util.Objects.requireNonNull;

import io.pharos.access.Cidr;
import io.pharos.access.ReadAccess;
import io.pharos.cli.Flags.Flag;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Who may do what, as `pharos serve` was told.
///
/// @param tokensFile bearer tokens with scopes; empty: only this host may write
/// @param reads who may read
/// @param trustedProxies whose word about a client counts
/// @param linkKeyFile the key that signs links in messages; empty for one of Pharos' own making
public record AccessOptions(
    Optional<Path> tokensFile,
    ReadAccess reads,
    List<Cidr> trustedProxies,
    Optional<Path> linkKeyFile) {
  static final Flag TOKENS_FILE =
      new Flag("tokens.file", "", "bearer tokens with scopes; empty: only this machine may write");
  static final Flag READ =
      new Flag(
          "web.read", "open", "open: who reaches Pharos may read; token: who has the scope read");
  static final Flag TRUSTED_PROXIES =
      new Flag(
          "web.trusted-proxies",
          "",
          "addresses of proxies, as in 10.0.0.0/8,::1, whose X-Forwarded-* headers count");
  static final Flag LINK_KEY_FILE =
      new Flag(
          "web.link-key-file",
          "",
          "key that signs silence links in messages; empty: one is made below --storage.path, or"
              + " in PostgreSQL");

  public AccessOptions {
    requireNonNull(tokensFile, "tokensFile is null");
    requireNonNull(reads, "reads is null");
    trustedProxies = List.copyOf(trustedProxies);
    requireNonNull(linkKeyFile, "linkKeyFile is null");
  }

  /// @throws UsageException when a flag has a value that can't be
  static AccessOptions of(Flags flags) {
    Optional<Path> tokensFile = flags.path(TOKENS_FILE.name());
    ReadAccess reads =
        switch (flags.get(READ.name())) {
          case "open" -> ReadAccess.OPEN;
          case "token" -> ReadAccess.TOKEN;
          default -> throw flags.refused(READ.name(), "open or token");
        };
    if (reads == ReadAccess.TOKEN && tokensFile.isEmpty()) {
      throw new UsageException("--web.read=token needs --tokens.file, which says who may read");
    }
    return new AccessOptions(
        tokensFile, reads, trustedProxies(flags), flags.path(LINK_KEY_FILE.name()));
  }

  private static List<Cidr> trustedProxies(Flags flags) {
    try {
      return Cidr.parseAll(flags.get(TRUSTED_PROXIES.name()));
    } catch (IllegalArgumentException _) { // the message below says more
      throw flags.refused(TRUSTED_PROXIES.name(), "addresses or blocks, as in 10.0.0.0/8,::1");
    }
  }
}
