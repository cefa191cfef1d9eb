package io.pharos.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.AccessControl.LogIn;
import java.time.Instant;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What people may do, from the log-in to the end of their session.
class PeopleLogInTest {
  private static final String ELSEWHERE = "this request comes from another host";
  private static final Client REMOTE = new Client(null, null, "192.0.2.1", ELSEWHERE, "");
  private static final Client LOCAL = new Client(null, null, "127.0.0.1", "", "");

  private final KeptSessions store = new KeptSessions();
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private final AccessControl control = control();

  private AccessControl control() {
    return new AccessControl(
        new AccessControl.Rules(
            AccountMode.LOCAL,
            AccessControl.ReadAccess.TOKEN,
            Tokens.none(),
            people("ada:admin", "vi:viewer", "ren:responder")),
        issuer -> "",
        store,
        () -> now,
        new Random(1),
        new SimpleMeterRegistry());
  }

  private static People people(String... namesAndRoles) {
    return People.parse("people.yml", PeopleTest.file(namesAndRoles));
  }

  private Client loggedIn(String name) {
    var begun = (LogIn.Begun) control.logIn(name, PeopleTest.PASSWORD, REMOTE);
    return new Client(null, begun.session(), "192.0.2.1", ELSEWHERE, "");
  }

  @Test
  void roles_permitTheirScopes_andRefusalsSayWhichRoleMay() {
    Client viewer = loggedIn("vi");
    Client responder = loggedIn("ren");
    Client admin = loggedIn("ada");
    assertThat(control.authorize(viewer, Scope.READ))
        .isEqualTo(new Access.Granted("vi", Set.of(), Set.of()));
    assertThat(control.authorize(viewer, Scope.SILENCE_WRITE))
        .isEqualTo(
            new Access.Forbidden(
                "vi has the role viewer, and this needs the role responder or admin"));
    assertThat(control.authorize(responder, Scope.SILENCE_WRITE))
        .isInstanceOf(Access.Granted.class);
    assertThat(control.authorize(responder, Scope.RELOAD))
        .isEqualTo(
            new Access.Forbidden("ren has the role responder, and this needs the role admin"));
    for (Scope scope : Scope.values()) {
      assertThat(control.authorize(admin, scope))
          .as(scope.text())
          .isInstanceOf(Access.Granted.class);
    }
  }

  @Test
  void withAccounts_thisHostIsNotTrusted() {
    assertThat(control.authorize(LOCAL, Scope.RELOAD)).isInstanceOf(Access.Missing.class);
    assertThat(control.authorize(LOCAL, Scope.READ)).isInstanceOf(Access.Missing.class);
  }

  @Test
  void wrongNameOrPassword_isRefusedAlike_andOfOneAddressForAMinute() {
    for (int i = 0; i < AccessControl.MAX_WRONG_LOG_INS; i++) {
      LogIn wrong =
          i % 2 == 0
              ? control.logIn("ada", "guess" + i, REMOTE)
              : control.logIn("nobody", PeopleTest.PASSWORD + i, REMOTE);
      assertThat(wrong).isEqualTo(new LogIn.Wrong());
    }
    assertThat(control.logIn("ada", PeopleTest.PASSWORD, REMOTE))
        .isInstanceOf(LogIn.TooManyAttempts.class);
    var neighbour = new Client(null, null, "192.0.2.2", ELSEWHERE, "");
    assertThat(control.logIn("ada", PeopleTest.PASSWORD, neighbour))
        .isInstanceOf(LogIn.Begun.class);
    now = now.plusSeconds(60);
    assertThat(control.logIn("ada", PeopleTest.PASSWORD, REMOTE)).isInstanceOf(LogIn.Begun.class);
  }

  @Test
  void changedRole_countsAtOnce_andRemovedPersonsHaveNone() {
    Client ada = loggedIn("ada");
    Client vi = loggedIn("vi");
    control.replace(Tokens.none(), people("ada:viewer", "ren:responder"));
    assertThat(control.authorize(ada, Scope.RELOAD)).isInstanceOf(Access.Forbidden.class);
    assertThat(control.authorize(ada, Scope.READ)).isInstanceOf(Access.Granted.class);
    assertThat(control.authorize(vi, Scope.READ)).isInstanceOf(Access.Missing.class);
    assertThat(store.open(now)).hasSize(1);
  }

  @Test
  void newPassword_endsTheSessions() {
    Client ada = loggedIn("ada");
    PasswordHash other = PasswordHash.of("another long password", new Random(7));
    String text = PeopleTest.file("ada:admin").replace(PeopleTest.HASH.text(), other.text());
    control.replace(Tokens.none(), People.parse("people.yml", text));
    assertThat(control.authorize(ada, Scope.READ)).isInstanceOf(Access.Missing.class);
  }

  @Test
  void session_survivesAnotherProcess_andEndsInBoth() {
    Client ada = loggedIn("ada");
    AccessControl replica = control();
    assertThat(replica.authorize(ada, Scope.ADMIN)).isInstanceOf(Access.Granted.class);
    control.logOut(String.valueOf(ada.session()));
    assertThat(control.authorize(ada, Scope.ADMIN)).isInstanceOf(Access.Missing.class);
    now = now.plus(Sessions.FRESH);
    assertThat(replica.authorize(ada, Scope.ADMIN)).isInstanceOf(Access.Missing.class);
  }

  @Test
  void storeThatIsAway_refusesNoKnownSession_andIsNoReasonToSayLoggedOut() {
    Client ada = loggedIn("ada");
    assertThat(control.authorize(ada, Scope.ADMIN)).isInstanceOf(Access.Granted.class);
    store.away = true;
    now = now.plus(Sessions.STALE).minusSeconds(1);
    assertThat(control.authorize(ada, Scope.ADMIN)).isInstanceOf(Access.Granted.class);
    now = now.plusSeconds(1);
    assertThat(control.authorize(ada, Scope.ADMIN)).isInstanceOf(Access.Unknown.class);
    assertThat(control.logIn("ada", PeopleTest.PASSWORD, REMOTE))
        .isInstanceOfSatisfying(
            LogIn.Full.class, full -> assertThat(full.reason()).contains("the store is away"));
  }

  @Test
  void formToken_isTheSessionsOwn() {
    Client ada = loggedIn("ada");
    Client vi = loggedIn("vi");
    assertThat(control.formToken(REMOTE)).isEmpty();
    assertThat(control.needsFormToken(REMOTE)).isFalse();
    assertThat(control.needsFormToken(ada)).isTrue();
    String token = control.formToken(ada);
    assertThat(control.isFormToken(ada, token)).isTrue();
    assertThat(control.isFormToken(vi, token)).isFalse();
    assertThat(control.isFormToken(ada, null)).isFalse();
    assertThat(control.isFormToken(ada, "")).isFalse();
  }
}
