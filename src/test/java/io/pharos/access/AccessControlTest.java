package io.pharos.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.AccessControl.LogIn;
import java.net.URI;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Authorization by token, by session and by being on this host.
class AccessControlTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final String ELSEWHERE = "this request comes from another host";
  private static final Client LOCAL = new Client(null, null, "127.0.0.1", "", "");

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final KeptSessions store = new KeptSessions();
  private Instant now = START;

  private AccessControl control(Tokens tokens, AccessControl.ReadAccess reads) {
    var rules = new AccessControl.Rules(AccountMode.NONE, reads, tokens, People.NONE);
    return new AccessControl(rules, issuer -> "", store, () -> now, new Random(1), meters);
  }

  private static Client bearer(String token) {
    return new Client("Bearer " + token, null, "192.0.2.1", ELSEWHERE, "");
  }

  private static Client session(String id) {
    return new Client(null, id, "192.0.2.1", ELSEWHERE, "");
  }

  private static Client remote(String authorization) {
    return new Client(authorization, null, "192.0.2.1", ELSEWHERE, "");
  }

  private static Optional<String> name(AccessControl control, String id) {
    return control.holder(session(id)).map(Holder::name);
  }

  private static String begun(AccessControl control, String token) {
    return ((LogIn.Begun) control.logIn(token, remote(null))).session();
  }

  @Test
  void knownTokenWithScope_isGrantedWithItsRestrictions() throws Exception {
    var control = control(TokensTest.tokens(), AccessControl.ReadAccess.OPEN);
    assertThat(control.authorize(bearer("s3cret"), Scope.GATE_CREATE))
        .isEqualTo(
            new Access.Granted("pipeline", Set.of("backend"), Set.of("staging", "production")));
    assertThat(control.authorize(remote("bearer   s3cret "), Scope.GATE_READ))
        .isInstanceOf(Access.Granted.class);
  }

  @Test
  void adminToken_mayEverything() throws Exception {
    var control = control(TokensTest.tokens(), AccessControl.ReadAccess.TOKEN);
    for (Scope scope : Scope.values()) {
      assertThat(control.authorize(bearer("master"), scope))
          .isEqualTo(new Access.Granted("root", Set.of(), Set.of()));
    }
  }

  @Test
  void everythingElse_isRefusedWithItsReason() throws Exception {
    var control = control(TokensTest.tokens(), AccessControl.ReadAccess.OPEN);
    assertThat(control.authorize(remote(null), Scope.GATE_READ)).isInstanceOf(Access.Missing.class);
    assertThat(control.authorize(remote(" "), Scope.GATE_READ)).isInstanceOf(Access.Missing.class);
    assertThat(control.authorize(remote("Basic czNjcmV0"), Scope.GATE_READ))
        .isEqualTo(new Access.Invalid("expected the header \"Authorization: Bearer …\""));
    assertThat(control.authorize(remote("s3cret"), Scope.GATE_READ))
        .isInstanceOf(Access.Invalid.class);
    assertThat(control.authorize(bearer("guess"), Scope.GATE_READ))
        .isEqualTo(new Access.Invalid("the token is unknown"));
    assertThat(control.authorize(bearer("former"), Scope.GATE_READ))
        .isEqualTo(new Access.Invalid("the token of old expired at 2026-03-01T12:00:00Z"));
    assertThat(control.authorize(bearer("s3cret"), Scope.SILENCE_WRITE))
        .isEqualTo(new Access.Forbidden("the token of pipeline lacks the scope silence:write"));
    assertThat(control.authorize(LOCAL, Scope.GATE_READ)).isInstanceOf(Access.Missing.class);
  }

  @Test
  void withoutTokensFile_onlyThisHostWrites() {
    var control = control(Tokens.none(), AccessControl.ReadAccess.OPEN);
    assertThat(control.authorize(LOCAL, Scope.RELOAD))
        .isEqualTo(new Access.Granted("local", Set.of(), Set.of()));
    assertThat(control.authorize(remote(null), Scope.GATE_READ))
        .isEqualTo(new Access.Granted("anonymous", Set.of(), Set.of()));
    assertThat(control.authorize(bearer("x"), Scope.GATE_CREATE))
        .isInstanceOfSatisfying(
            Access.Forbidden.class,
            no -> assertThat(no.reason()).contains(ELSEWHERE).contains("--tokens.file"));
  }

  @Test
  void reads_areOpenOrNeedTheScopeRead() throws Exception {
    var open = control(TokensTest.tokens(), AccessControl.ReadAccess.OPEN);
    assertThat(open.authorize(remote(null), Scope.READ))
        .isEqualTo(new Access.Granted("anonymous", Set.of(), Set.of()));
    var closed = control(TokensTest.tokens(), AccessControl.ReadAccess.TOKEN);
    assertThat(closed.authorize(remote(null), Scope.READ)).isInstanceOf(Access.Missing.class);
    assertThat(closed.authorize(LOCAL, Scope.READ)).isInstanceOf(Access.Missing.class);
    assertThat(closed.authorize(bearer("s3cret"), Scope.READ)).isInstanceOf(Access.Forbidden.class);
    assertThat(closed.authorize(bearer("master"), Scope.READ)).isInstanceOf(Access.Granted.class);
  }

  @Test
  void session_standsForItsTokenUntilItEnds() throws Exception {
    var control = control(TokensTest.tokens(), AccessControl.ReadAccess.OPEN);
    assertThat(control.logIn("guess", remote(null))).isEqualTo(new LogIn.Wrong());
    assertThat(control.logIn("former", remote(null))).isEqualTo(new LogIn.Wrong());
    String id = begun(control, " s3cret\n");
    assertThat(id).hasSizeGreaterThan(40).doesNotContain("s3cret");
    assertThat(name(control, id)).contains("pipeline");
    assertThat(control.authorize(session(id), Scope.GATE_CREATE))
        .isInstanceOf(Access.Granted.class);
    assertThat(control.authorize(session(id), Scope.SILENCE_WRITE))
        .isInstanceOf(Access.Forbidden.class);
    assertThat(control.authorize(session("x" + id), Scope.GATE_CREATE))
        .isInstanceOf(Access.Missing.class);
    now = START.plus(AccessControl.sessionLife());
    assertThat(control.authorize(session(id), Scope.GATE_CREATE))
        .isEqualTo(new Access.Missing("the session has ended; log in again"));
  }

  @Test
  void session_endsByLogOutByTheTokensEndAndWithTheTokensFile() throws Exception {
    var control = control(TokensTest.tokens(), AccessControl.ReadAccess.OPEN);
    String out = begun(control, "master");
    control.logOut(out);
    assertThat(control.authorize(session(out), Scope.ADMIN)).isInstanceOf(Access.Missing.class);
    String replaced = begun(control, "master");
    control.replace(
        Tokens.parse(
            "t",
            "tokens: [{name: a, sha256: %s, scopes: [admin]}]"
                .formatted(TokensTest.sha256("other"))),
        People.NONE);
    assertThat(control.authorize(session(replaced), Scope.ADMIN))
        .isInstanceOf(Access.Missing.class);
    assertThat(meters.get("pharos_sessions").gauge().value()).isZero();
    assertThat(name(control, replaced)).isEmpty();
  }

  @Test
  void sessionFromAnotherSitesPage_mayReadButNotWrite() throws Exception {
    var control = control(TokensTest.tokens(), AccessControl.ReadAccess.TOKEN);
    String id = begun(control, "master");
    var forged =
        new Client(null, id, "192.0.2.1", ELSEWHERE, "this request was sent by a page of \"x\"");
    assertThat(control.authorize(forged, Scope.SILENCE_WRITE)).isInstanceOf(Access.Forbidden.class);
    assertThat(control.authorize(forged, Scope.READ)).isInstanceOf(Access.Granted.class);
    assertThat(control.authorize(forged.fromOwnPage(), Scope.SILENCE_WRITE))
        .isInstanceOf(Access.Granted.class);
  }

  @Test
  void sessionsOfOneToken_areBoundedAndItsOldestMakesRoom() throws Exception {
    var control = control(TokensTest.tokens(), AccessControl.ReadAccess.OPEN);
    String other = begun(control, "s3cret");
    String first = begun(control, "master");
    for (int i = 0; i < Sessions.MAX_SESSIONS; i++) {
      begun(control, "master");
    }
    assertThat(meters.get("pharos_sessions").gauge().value())
        .isEqualTo(Sessions.MAX_PER_HOLDER + 1);
    assertThat(name(control, first)).isEmpty();
    assertThat(name(control, other)).as("the session of another person").isPresent();
  }

  @Test
  void sessions_ofManyTokens_areRefusedWhenFullUntilOneExpires() {
    int tokens = Sessions.MAX_SESSIONS / Sessions.MAX_PER_HOLDER + 1;
    var file = new StringBuilder("tokens:\n");
    for (int i = 0; i < tokens; i++) {
      file.append(
          "- {name: t%d, sha256: %s, scopes: [read]}\n".formatted(i, Tokens.digest("t" + i)));
    }
    var control = control(Tokens.parse("t", file.toString()), AccessControl.ReadAccess.OPEN);
    String oldest = begun(control, "t0");
    now = START.plusSeconds(1);
    for (int i = 1; i < Sessions.MAX_SESSIONS; i++) {
      begun(control, "t" + i / Sessions.MAX_PER_HOLDER);
    }
    String late = "t" + (tokens - 1);
    assertThat(control.logIn(late, remote(null)))
        .isInstanceOfSatisfying(
            LogIn.Full.class, full -> assertThat(full.reason()).contains("1000", "12 hours"));
    assertThat(name(control, oldest)).as("the oldest of all").contains("t0");
    assertThat(control.logIn("t1", remote(null))).isInstanceOf(LogIn.Begun.class);
    assertThat(name(control, oldest)).contains("t0");
    now = START.plus(AccessControl.sessionLife());
    assertThat(control.logIn(late, remote(null))).isInstanceOf(LogIn.Begun.class);
  }

  @Test
  void wrongLogIns_ofOneAddress_areRefusedForAMinuteAndOthersAreNot() throws Exception {
    var control = control(TokensTest.tokens(), AccessControl.ReadAccess.OPEN);
    for (int i = 0; i < AccessControl.MAX_WRONG_LOG_INS; i++) {
      assertThat(control.logIn("guess" + i, remote(null))).isEqualTo(new LogIn.Wrong());
      now = now.plusSeconds(1);
    }
    assertThat(control.logIn("master", remote(null)))
        .isInstanceOfSatisfying(
            LogIn.TooManyAttempts.class,
            refused -> assertThat(refused.attempt().retryAfter()).isEqualTo(50));
    var neighbour = new Client(null, null, "192.0.2.2", ELSEWHERE, "");
    assertThat(control.logIn("master", neighbour)).isInstanceOf(LogIn.Begun.class);
    now = now.plusSeconds(50);
    assertThat(control.logIn("master", remote(null))).isInstanceOf(LogIn.Begun.class);
    assertThat(meters.get("pharos.logins").tag("outcome", "limited").counter().count())
        .isEqualTo(1);
  }

  @Test
  void wrongTokens_ofOneAddress_areRefusedForAMinuteAndKnownOnesAreNot() throws Exception {
    var control = control(TokensTest.tokens(), AccessControl.ReadAccess.OPEN);
    assertThat(control.authorize(bearer("s3cret"), Scope.GATE_CREATE))
        .isInstanceOf(Access.Granted.class);
    for (int i = 0; i < AccessControl.MAX_WRONG_TOKENS; i++) {
      Client guesser = i % 2 == 0 ? bearer("guess" + i) : basic("guess" + i, null);
      assertThat(control.authorize(guesser, Scope.ADMIN)).isInstanceOf(Access.Invalid.class);
    }
    for (Client late : List.of(bearer("master"), basic("master", null))) {
      assertThat(control.authorize(late, Scope.ADMIN))
          .isInstanceOfSatisfying(
              Access.Limited.class,
              refused -> assertThat(refused.reason()).contains("try again in 60 seconds"));
    }
    assertThat(control.authorize(bearer("s3cret"), Scope.GATE_CREATE))
        .as("a token that the address has used")
        .isInstanceOf(Access.Granted.class);
    var neighbour = new Client("Bearer master", null, "192.0.2.2", ELSEWHERE, "");
    assertThat(control.authorize(neighbour, Scope.ADMIN)).isInstanceOf(Access.Granted.class);
    String id = begun(control, "master");
    assertThat(control.authorize(basic("of a proxy", id), Scope.RELOAD))
        .isInstanceOf(Access.Granted.class);
    assertThat(
            meters
                .get("pharos.access")
                .tags("scope", "admin", "outcome", "limited")
                .counter()
                .count())
        .isEqualTo(2);
    now = START.plusSeconds(60);
    assertThat(control.authorize(bearer("master"), Scope.ADMIN)).isInstanceOf(Access.Granted.class);
  }

  private static Client basic(String password, @Nullable String session) {
    String pair = Base64.getEncoder().encodeToString(("u:" + password).getBytes(UTF_8));
    return new Client("Basic " + pair, session, "192.0.2.1", ELSEWHERE, "");
  }

  @Test
  void basicHeaderOfAProxy_doesNotHideTheSession() throws Exception {
    var control = control(TokensTest.tokens(), AccessControl.ReadAccess.OPEN);
    String id = begun(control, "master");
    assertThat(
            control.authorize(
                new Client("Basic dTpw", id, "192.0.2.1", ELSEWHERE, ""), Scope.RELOAD))
        .isInstanceOf(Access.Granted.class);
  }

  @Test
  void answers_areCounted() throws Exception {
    var control = control(Tokens.none(), AccessControl.ReadAccess.OPEN);
    assertThat(control.authorize(remote(null), Scope.GATE_READ)).isInstanceOf(Access.Granted.class);
    control.replace(TokensTest.tokens(), People.NONE);
    control.authorize(remote(null), Scope.GATE_READ);
    control.authorize(bearer("guess"), Scope.GATE_READ);
    control.authorize(bearer("s3cret"), Scope.ADMIN);
    for (String outcome : new String[] {"granted", "missing", "invalid", "forbidden"}) {
      assertThat(meters.get("pharos.access").tag("outcome", outcome).counter().count())
          .isEqualTo(1);
    }
  }

  @Test
  void remarks_sayWhoMayDoWhat() throws Exception {
    var loopback = new TrustBoundary("127.0.0.1", URI.create("http://127.0.0.1:9095"), List.of());
    var everywhere = new TrustBoundary("0.0.0.0", URI.create("http://localhost:9095"), List.of());
    assertThat(control(Tokens.none(), AccessControl.ReadAccess.OPEN).remarks(loopback))
        .hasSize(3)
        .first()
        .asString()
        .contains("only clients on this host");
    assertThat(control(Tokens.none(), AccessControl.ReadAccess.OPEN).remarks(everywhere).getFirst())
        .contains("Pharos listens on 0.0.0.0")
        .contains("nobody may write");
    assertThat(control(TokensTest.tokens(), AccessControl.ReadAccess.TOKEN).remarks(everywhere))
        .hasSize(4)
        .first()
        .isEqualTo("3 access tokens are configured.");
  }
}
