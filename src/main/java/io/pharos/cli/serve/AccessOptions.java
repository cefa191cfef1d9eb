package io.pharos.cli.serve;

import io.pharos.access.AccessControl;
import io.pharos.access.AccountMode;
import io.pharos.access.People;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.UsageException;
import io.pharos.model.Cidr;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// The settings of access control.
///
/// @param mode how people log in
/// @param peopleFile people and roles, unless nobody has an account
/// @param tokensFile bearer tokens with scopes; empty: only this host may write
/// @param linkKeyFile the key that signs links in messages; empty for a generated one
/// @param pushServices hosts of push services, see [io.pharos.oncall.device.Devices]
public record AccessOptions(
    AccountMode mode,
    Path peopleFile,
    Optional<Path> tokensFile,
    AccessControl.ReadAccess reads,
    List<Cidr> trustedProxies,
    Optional<Path> linkKeyFile,
    List<String> pushServices) {
  static final Flag TOKENS_FILE =
      new Flag("tokens.file", "", "bearer tokens with scopes; empty: only this machine may write");
  static final Flag AUTH =
      new Flag(
          "web.auth",
          "none",
          "how people log in: none (by a token), local (name and password of --people.file) or oidc"
              + " (an identity provider that --people.file names)");

  /// The file with people and roles, also for `user` and `check`.
  public static final Flag PEOPLE_FILE =
      new Flag("people.file", People.DEFAULT_PATH, "people and their roles, for --web.auth");

  static final Flag READ =
      new Flag(
          "web.read",
          "open",
          "open: every client may read; token: clients need the scope read, or a log-in");
  static final Flag TRUSTED_PROXIES =
      new Flag(
          "web.trusted-proxies",
          "",
          "proxies whose X-Forwarded-* headers are used, such as 10.0.0.0/8,::1");
  static final Flag LINK_KEY_FILE =
      new Flag(
          "web.link-key-file",
          "",
          "key that signs silence links in messages; empty: a key is generated below --storage.path,"
              + " or in PostgreSQL");

  static final Flag PUSH_SERVICES =
      new Flag(
          "web.push-services",
          "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com",
          "hosts of the browsers' push services to which notifications may be sent");

  static final List<Flag> FLAGS =
      List.of(AUTH, PEOPLE_FILE, TOKENS_FILE, READ, TRUSTED_PROXIES, LINK_KEY_FILE, PUSH_SERVICES);

  public AccessOptions {
    trustedProxies = List.copyOf(trustedProxies);
    pushServices = List.copyOf(pushServices);
  }

  static AccessOptions of(Flags flags) {
    Optional<Path> tokensFile = flags.path(TOKENS_FILE.name());
    AccessControl.ReadAccess reads = flags.choice(READ.name(), AccessControl.ReadAccess.class);
    AccountMode mode = flags.choice(AUTH.name(), AccountMode.class);
    if (reads == AccessControl.ReadAccess.TOKEN
        && mode == AccountMode.NONE
        && tokensFile.isEmpty()) {
      throw new UsageException(
          "--web.read=token needs --tokens.file with the tokens, or --web.auth=local or oidc");
    }
    List<Cidr> trustedProxies =
        flags.parsed(
            TRUSTED_PROXIES.name(), Cidr::parseAll, "addresses or blocks, as in 10.0.0.0/8,::1");
    return new AccessOptions(
        mode,
        Path.of(flags.get(PEOPLE_FILE.name())),
        tokensFile,
        reads,
        trustedProxies,
        flags.path(LINK_KEY_FILE.name()),
        Pattern.compile(",")
            .splitAsStream(flags.get(PUSH_SERVICES.name()))
            .map(String::strip)
            .toList());
  }
}
