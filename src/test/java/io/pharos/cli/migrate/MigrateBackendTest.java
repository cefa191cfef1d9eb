package io.pharos.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.pharos.cli.command.UsageException;
import io.pharos.state.TestingPostgres;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// `pharos migrate-backend` on a real PostgreSQL, with the traffic of a release on it.
@Tag("peer")
@Tag("nightly")
class MigrateBackendTest {
  private static TestingPostgres postgres;
  @TempDir Path folder;

  @BeforeAll
  static void start() throws Exception {
    postgres = TestingPostgres.start();
  }

  @AfterAll
  static void stop() throws Exception {
    postgres.close();
  }

  @BeforeEach
  void empty() throws Exception {
    postgres.empty();
  }

  record Ran(int code, String out, String err) {}

  private Ran run(String... more) {
    var words =
        new ArrayList<>(
            List.of(
                "--migrations.dir=" + folder,
                "--backend.jdbc.url=" + postgres.config().jdbcUrl(),
                "--backend.jdbc.user=" + postgres.config().user(),
                "--lock-timeout=500ms",
                "--turn-timeout=20s"));
    words.addAll(List.of(more));
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code;
    try {
      code =
          new MigrateBackendCommand(
                  Map.of("PHAROS_BACKEND_JDBC_PASSWORD_FILE", secret().toString()),
                  new PrintStream(out, true, StandardCharsets.UTF_8),
                  new PrintStream(err, true, StandardCharsets.UTF_8))
              .run(words);
    } catch (UsageException e) { // as for all commands
      return new Ran(64, "", e.getMessage());
    }
    return new Ran(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private Path secret() {
    try {
      return Files.writeString(folder.resolve("secret"), postgres.config().password());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void file(String name, String sql) throws IOException {
    Files.writeString(folder.resolve(name), sql);
  }

  private static void sql(String... statements) throws SQLException {
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement()) {
      for (String one : statements) {
        statement.execute(one);
      }
    }
  }

  private static List<String> rows(String query) throws SQLException {
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      var rows = new ArrayList<String>();
      while (result.next()) {
        rows.add(result.getString(1));
      }
      return rows;
    }
  }

  private static List<String> applied() throws SQLException {
    return rows("select script from pharos_migrations where type = 'SQL' order by installed_rank");
  }

  private void schema() throws IOException {
    file(
        "V1__expand_users.sql",
        """
        CREATE TABLE users (id bigserial PRIMARY KEY, mail text, quota integer NOT NULL DEFAULT 0);
        CREATE TABLE orgs (id bigint PRIMARY KEY);
        INSERT INTO users (mail) SELECT 'm' || i FROM generate_series(1, 1000) i;
        """);
  }

  @Test
  void expand_twice_runsOnce_andSaysWhatItDid() throws Exception {
    schema();
    file("V2__expand_note.sql", "ALTER TABLE users ADD COLUMN note text;\n");
    Ran first = run("--phase=expand");
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.out()).containsPattern("V1__expand_users.sql applied in").contains("V2__");
    Ran second = run("--phase=expand");
    assertThat(second.out())
        .isEqualTo("expand: nothing to run, 2 of 2 files were applied before\n");
    assertThat(applied()).containsExactly("V1__expand_users.sql", "V2__expand_note.sql");
  }

  @Test
  void dryRun_saysWhatWouldRun_andChangesNothing() throws Exception {
    schema();
    Ran fresh = run("--phase=expand", "--dry-run");
    assertThat(fresh.code()).as(fresh.err()).isZero();
    assertThat(fresh.out())
        .startsWith(
            "expand: would run\nV1__expand_users.sql, in one transaction\n  line 1: CREATE");
    assertThat(rows("select count(*) from pg_class where relname in ('pharos_migrations','users')"))
        .containsExactly("0");
    assertThat(run("--phase=expand").code()).isZero();
    file("V2__expand_note.sql", "-- pharos: lock-timeout 2s\nALTER TABLE users ADD note text;\n");
    Ran next = run("--phase=expand", "--dry-run");
    assertThat(next.out())
        .isEqualTo(
            """
            expand: would run
            V2__expand_note.sql, in one transaction, waits at most 2s for a lock
              line 2: ALTER TABLE users ADD note text
            """);
    assertThat(applied()).containsExactly("V1__expand_users.sql");
  }

  @Test
  void withoutAFreshBackup_nothingRuns_butNothingIsNoFailure() throws Exception {
    schema();
    String backup = "--backup-file=" + folder.resolve("backup");
    Ran missing = run("--phase=expand", backup);
    assertThat(missing.code()).isEqualTo(1);
    assertThat(missing.err()).contains("nothing was run: the backup ").contains("older than 24h");
    Files.writeString(folder.resolve("backup"), "a dump");
    assertThat(run("--phase=expand", backup).code()).isZero();
    Files.delete(folder.resolve("backup"));
    assertThat(run("--phase=expand", backup).code()).as("there is nothing to run").isZero();
  }

  @Test
  void schemaThatWasThereBefore_isTakenOver() throws Exception {
    sql("create table users (id bigint)", "create table flyway_schema_history (version int)");
    file("V1__expand_mail.sql", "ALTER TABLE users ADD COLUMN mail text;");
    Ran ran = run("--phase=expand");
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(applied()).containsExactly("V1__expand_mail.sql");
  }

  /// A migration that can't be.
  ///
  /// @param prepared what is done before on a connection that stays open, in its own transaction
  record Bad(String name, String file, String prepared, String sql, String reason) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Bad> bad() {
    String safe = "-- pharos: safe-from 1.0.0\n";
    return List.of(
        new Bad(
            "a typing error in the third statement",
            "V2__expand_x.sql",
            "",
            "CREATE TABLE a (id bigint);\nALTER TABLE users ADD COLUMN b text;\nALTER TABEL users"
                + " ADD COLUMN c text;\n",
            "V2__expand_x.sql:3: syntax error at or near \"TABEL\" (SQLSTATE 42601)\n  ALTER TABEL"),
        new Bad(
            "a column that is there",
            "V2__expand_x.sql",
            "",
            "CREATE TABLE a (id bigint);\nALTER TABLE users ADD COLUMN mail text;\n",
            "V2__expand_x.sql:2: column \"mail\" of relation \"users\" already exists"),
        new Bad(
            "a column that the release still reads",
            "V2__expand_x.sql",
            "",
            "CREATE TABLE a (id bigint);\nALTER TABLE users DROP COLUMN mail;\n",
            "V2__expand_x.sql:2: ALTER TABLE users DROP COLUMN mail [drop-column]: "),
        new Bad(
            "NULL that is there",
            "V2__contract_x.sql",
            "",
            safe
                + "ALTER TABLE users ADD COLUMN b text;\n"
                + "UPDATE users SET b = 'x' WHERE id < 900;\n"
                + "ALTER TABLE users ALTER b SET NOT NULL;\n",
            "V2__contract_x.sql:4: column \"b\" of relation \"users\" contains null values"),
        new Bad(
            "a key that leads nowhere",
            "V2__expand_x.sql",
            "",
            "ALTER TABLE users ADD COLUMN org bigint DEFAULT 7;\n"
                + "ALTER TABLE users ADD CONSTRAINT o FOREIGN KEY (org) REFERENCES orgs (id) NOT"
                + " VALID;\n"
                + "ALTER TABLE users VALIDATE CONSTRAINT o;\n",
            "V2__expand_x.sql:3: insert or update on table \"users\" violates foreign key"),
        new Bad(
            "a lock that somebody else has",
            "V2__expand_x.sql",
            "lock table users in row exclusive mode",
            "CREATE TABLE a (id bigint);\nALTER TABLE users ADD COLUMN b text;\n",
            "V2__expand_x.sql:2: canceling statement due to lock timeout (SQLSTATE 55P03)"),
        new Bad(
            "a statement that takes too long",
            "V2__expand_x.sql",
            "",
            "-- pharos: statement-timeout 300ms\nCREATE TABLE a (id bigint);\nSELECT"
                + " pg_sleep(60);\n",
            "V2__expand_x.sql:3: canceling statement due to statement timeout"),
        new Bad(
            "a block that raises an error",
            "V2__expand_x.sql",
            "",
            "CREATE TABLE a (id bigint);\nDO $$\nBEGIN\n  RAISE EXCEPTION 'quota % is wrong', 7;\n"
                + "END $$;\n",
            "V2__expand_x.sql:2: quota 7 is wrong; Where: PL/pgSQL function inline_code_block line 3 at RAISE"),
        new Bad(
            "a constraint that is checked at the end",
            "V2__expand_x.sql",
            "",
            "CREATE TABLE a (id bigint, org bigint REFERENCES orgs (id) DEFERRABLE INITIALLY"
                + " DEFERRED);\n"
                + "INSERT INTO a VALUES (1, 99);\n",
            "V2__expand_x.sql:2: insert or update on table \"a\" violates foreign key"),
        new Bad(
            "an end of the transaction",
            "V2__expand_x.sql",
            "",
            "CREATE TABLE a (id bigint);\nCOMMIT;\nALTER TABLE nowhere ADD b text;\n",
            "V2__expand_x.sql:2: COMMIT [transaction]"),
        new Bad(
            "an end of the transaction in a block",
            "V2__expand_x.sql",
            "",
            "CREATE TABLE a (id bigint);\nDO $$ BEGIN PERFORM 1; COMMIT; END $$;\n",
            "V2__expand_x.sql:2: COMMIT [transaction]"),
        new Bad(
            "an end of the transaction in a procedure",
            "V2__expand_x.sql",
            "",
            "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;\nCALL p();\n",
            "V2__expand_x.sql:2: invalid transaction termination"),
        new Bad(
            "values that are no numbers",
            "V2__contract_x.sql",
            "",
            safe + "ALTER TABLE users ALTER COLUMN mail\n  TYPE integer USING mail::integer;\n",
            "invalid input syntax for type integer: \"m1\""),
        new Bad(
            "an edited file",
            "V1__expand_users.sql",
            "",
            "CREATE TABLE users (id bigint);\n",
            "V1__expand_users.sql: was applied at "));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void badMigration_changesNothing_andTheTrafficGoesOn(Bad bad) throws Exception {
    schema();
    assertThat(run("--phase=expand").code()).isZero();
    List<String> before = dump();
    List<String> known = applied();
    file(bad.file(), bad.sql());
    try (Connection other = postgres.connect();
        Statement statement = other.createStatement();
        var traffic = new Traffic()) {
      other.setAutoCommit(false);
      if (!bad.prepared().isEmpty()) {
        statement.execute(bad.prepared());
      }
      traffic.await(20);
      Ran ran =
          bad.file().contains("contract")
              ? run("--phase=contract", "--force=a test of what fails")
              : run("--phase=expand");
      assertThat(ran.code()).as(ran.out() + ran.err()).isEqualTo(1);
      assertThat(ran.err()).contains(bad.reason());
      other.rollback();
      traffic.await(20);
      assertThat(traffic.failures).isEmpty();
    }
    assertThat(dump()).isEqualTo(before);
    assertThat(applied()).isEqualTo(known);
  }

  /// A release that reads and writes all the time.
  private static final class Traffic implements AutoCloseable {
    private final List<String> failures = new ArrayList<>();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();
    private final Thread thread = Thread.ofPlatform().start(this::go);

    private void go() {
      try (Connection connection = postgres.connect();
          Statement statement = connection.createStatement()) {
        while (!over.get()) {
          statement.execute("update users set quota = quota + 1 where id = 7");
          statement.executeQuery("select mail, quota from users where id = 7").close();
          done.incrementAndGet();
          Thread.sleep(2);
        }
      } catch (SQLException | InterruptedException e) {
        failures.add(e.toString());
      }
    }

    /// Waits until so many more were answered.
    void await(int more) throws InterruptedException {
      int until = done.get() + more;
      while (done.get() < until && thread.isAlive()) {
        Thread.sleep(5);
      }
    }

    @Override
    public void close() {
      over.set(true);
      try {
        thread.join();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// The whole schema from PostgreSQL's own catalogs, and the rows that no traffic touches.
  private static List<String> dump() throws SQLException {
    var dump = new ArrayList<String>();
    for (String query :
        List.of(
            "select relname || ' ' || relkind::text || ' ' || coalesce(pg_get_viewdef(oid), '') from"
                + " pg_class where relnamespace = 'public'::regnamespace",
            "select attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod)"
                + " || ' ' || attnotnull || ' ' || attisdropped || ' ' ||"
                + " coalesce(pg_get_expr(adbin, adrelid), '') from pg_attribute join pg_class c on"
                + " c.oid = attrelid left join pg_attrdef on adrelid = attrelid and adnum = attnum"
                + " where relnamespace = 'public'::regnamespace and attnum > 0",
            "select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from"
                + " pg_constraint where connamespace = 'public'::regnamespace",
            "select pg_get_indexdef(indexrelid) || ' ' || indisvalid from pg_index join pg_class c"
                + " on c.oid = indexrelid where relnamespace = 'public'::regnamespace",
            "select pg_get_functiondef(oid) from pg_proc where pronamespace ="
                + " 'public'::regnamespace",
            "select typname || ' ' || typtype::text from pg_type where typnamespace ="
                + " 'public'::regnamespace",
            "select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal",
            "select 'rows ' || md5(string_agg(id || mail, ',' order by id)) from users")) {
      rows(query).stream().sorted().forEach(dump::add);
    }
    return dump;
  }

  @Test
  void editedFile_isRefusedWithBothChecksums() throws Exception {
    schema();
    run("--phase=expand");
    String checksum = rows("select checksum from pharos_migrations where version = '1'").getFirst();
    Files.writeString(
        folder.resolve("V1__expand_users.sql"),
        Files.readString(folder.resolve("V1__expand_users.sql")) + "SELECT 1;\n");
    Ran edited = run("--phase=expand", "--dry-run");
    assertThat(edited.code()).isEqualTo(1);
    assertThat(edited.err())
        .containsPattern(
            "with the checksum "
                + checksum
                + ", but now has -?\\d+: expected no change after that");
    Files.delete(folder.resolve("V1__expand_users.sql"));
    file("V2__expand_y.sql", "SELECT 1;");
    assertThat(run("--phase=expand").err())
        .contains("V1__expand_users.sql was applied at ")
        .contains("but its file is missing: expected it beside the other files");
  }

  @Test
  void failure_stopsWhatComesBehind_andKeepsWhatWasBefore() throws Exception {
    schema();
    file("V2__expand_wrong.sql", "SELECT 1 / 0;");
    file("V3__expand_note.sql", "ALTER TABLE users ADD COLUMN note text;");
    Ran ran = run("--phase=expand");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("V2__expand_wrong.sql:1: division by zero (SQLSTATE 22012)");
    assertThat(applied()).containsExactly("V1__expand_users.sql");
    file("V2__expand_wrong.sql", "SELECT 1;");
    assertThat(run("--phase=expand").code()).isZero();
    assertThat(applied()).hasSize(3);
  }

  @Test
  void indexConcurrently_runsWithoutATransaction_andItsFailureMustBeLookedAt() throws Exception {
    schema();
    run("--phase=expand");
    String head = "-- pharos: no-transaction\n";
    file("V2__expand_quota.sql", head + "CREATE INDEX CONCURRENTLY q ON users (quota);");
    Ran good = run("--phase=expand");
    assertThat(good.code()).as(good.err()).isZero();
    file("V3__expand_u.sql", head + "CREATE UNIQUE INDEX CONCURRENTLY u ON users (quota);");
    Ran failed = run("--phase=expand");
    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.err())
        .contains("V3__expand_u.sql:2: could not create unique index \"u\"")
        .contains("The file ran without a transaction: a part of its changes may remain.");
    Ran again = run("--phase=expand");
    assertThat(again.code()).isEqualTo(1);
    assertThat(again.err()).contains("run again with --clear-failed=3");
    sql("drop index u", "update users set quota = id");
    Ran cleared = run("--phase=expand", "--clear-failed=3");
    assertThat(cleared.code()).as(cleared.err()).isZero();
    assertThat(rows("select indisvalid from pg_index where indexrelid = 'u'::regclass"))
        .containsExactly("t");
  }

  @Test
  void twoAtOnce_takeTurns_andEachFileRunsOnce() throws Exception {
    schema();
    file("V2__expand_slow.sql", "CREATE TABLE slow (id bigint); SELECT pg_sleep(2);");
    var ran = new ArrayList<Ran>();
    try (var executor = Executors.newFixedThreadPool(3)) {
      Callable<Ran> one = () -> run("--phase=expand");
      for (var future : executor.invokeAll(List.of(one, one, one))) {
        ran.add(future.get());
      }
    }
    assertThat(ran).as(ran.toString()).allMatch(it -> it.code() == 0);
    assertThat(applied()).containsExactly("V1__expand_users.sql", "V2__expand_slow.sql");
    assertThat(ran.stream().filter(it -> it.out().contains("V2__expand_slow.sql applied in")))
        .as("who ran it says so: %s", ran)
        .hasSize(1);
  }

  @Test
  void manyAtOnceOnAFreshDatabase_takeTurnsToBeginItsHistory() throws Exception {
    schema();
    for (int round = 0; round < 3; round++) {
      postgres.empty();
      var ran = new ArrayList<Ran>();
      try (var executor = Executors.newFixedThreadPool(6)) {
        Callable<Ran> one = () -> run("--phase=expand");
        for (var future : executor.invokeAll(Collections.nCopies(6, one))) {
          ran.add(future.get());
        }
      }
      assertThat(ran).as(ran.toString()).allMatch(it -> it.code() == 0);
      assertThat(applied()).containsExactly("V1__expand_users.sql");
    }
  }

  @Test
  void anotherRunThatDoesNotEnd_isToldAsSuch() throws Exception {
    schema();
    run("--phase=expand");
    file("V2__expand_slow.sql", "SELECT pg_sleep(6);");
    file("V3__expand_x.sql", "SELECT 1;");
    Thread first = Thread.ofPlatform().start(() -> run("--phase=expand"));
    while (rows("select 1 from pg_stat_activity where query like 'SELECT pg_sleep%'").isEmpty()) {
      Thread.sleep(20);
    }
    Ran second = run("--phase=expand", "--turn-timeout=1s");
    assertThat(second.code()).isEqualTo(1);
    assertThat(second.err()).contains("is running and did not end within 1 s; nothing was started");
    first.join();
  }

  @Test
  void contract_withoutPharosOrBeforeExpand_isRefused() throws Exception {
    schema();
    file("V2__contract_mail.sql", "-- pharos: safe-from 1.4.0\nALTER TABLE users DROP mail;");
    Ran early = run("--phase=contract", "--force=because I say so");
    assertThat(early.code()).isEqualTo(1);
    assertThat(early.err()).contains("V1__expand_users.sql is not applied yet");
    run("--phase=expand");
    Ran unasked = run("--phase=contract");
    assertThat(unasked.code()).isEqualTo(64);
    assertThat(unasked.err())
        .contains("set --url, so that Pharos is asked first, or set --force to a reason");
    assertThat(run("--phase=contract", "--force=because").code()).isEqualTo(64);
    assertThat(run("--phase=contract", "--force=nobody uses it").code()).isZero();
    // A later expand file may have a lower number than a contract file that ran before it.
    file("V1.5__expand_late.sql", "CREATE TABLE late (id bigint);");
    assertThat(run("--phase=expand").code()).isZero();
    assertThat(applied()).endsWith("V1.5__expand_late.sql");
  }

  /// A Pharos that notes what it is told, and says to contract what the test wants.
  private static final class NotingPharos implements AutoCloseable {
    private final List<String> told = new CopyOnWriteArrayList<>();
    private volatile String answer = "yes";
    private volatile int status = 200;
    private final HttpServer server;

    NotingPharos() throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/api/pharos/v1/migrations",
          exchange -> {
            var body = new ObjectMapper().readTree(exchange.getRequestBody().readAllBytes());
            if (exchange.getRequestMethod().equals("PUT")) {
              told.add(
                  exchange.getRequestURI().getPath().replaceFirst(".*/", "")
                      + " "
                      + body.path("state").asText()
                      + " "
                      + body.path("release").asText()
                      + " "
                      + body.path("safe_from").asText());
            }
            String text =
                "{\"migrations\":[],\"answer\":\"%s\",\"summary\":\"so it is\"}".formatted(answer);
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
          });
      server.start();
    }

    String[] words(String... more) {
      var words =
          new ArrayList<>(
              List.of(
                  "--url=http://127.0.0.1:" + server.getAddress().getPort(),
                  "--service=shop",
                  "--env=staging",
                  "--release=1.5.0"));
      words.addAll(List.of(more));
      return words.toArray(String[]::new);
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  @Test
  void pharos_isToldBeforeAndAfterEachFile() throws Exception {
    schema();
    file("V2__expand_wrong.sql", "SELECT 1 / 0;");
    try (var pharos = new NotingPharos()) {
      assertThat(run(pharos.words("--phase=expand", "--dry-run")).code()).isZero();
      assertThat(pharos.told).isEmpty();
      assertThat(run(pharos.words("--phase=expand")).code()).isEqualTo(1);
      assertThat(pharos.told)
          .containsExactly(
              "V1__expand_users.sql begun 1.5.0 ",
              "V1__expand_users.sql applied 1.5.0 ",
              "V2__expand_wrong.sql begun 1.5.0 ",
              "V2__expand_wrong.sql rolled_back 1.5.0 ");
      pharos.told.clear();
      file("V2__expand_wrong.sql", "SELECT 1;");
      pharos.status = 503;
      Ran untold = run(pharos.words("--phase=expand"));
      assertThat(untold.code()).as("expand does not end the way back").isZero();
      assertThat(untold.err()).contains("Pharos was not notified; the next run will notify it");
      pharos.status = 200;
      pharos.told.clear();
      assertThat(run(pharos.words("--phase=expand")).out()).contains("nothing to run, 2 of 2");
      assertThat(pharos.told)
          .containsExactly(
              "V1__expand_users.sql applied 1.5.0 ", "V2__expand_wrong.sql applied 1.5.0 ");
    }
  }

  @Test
  void contract_runsOnlyWherePharosSaysSo() throws Exception {
    schema();
    run("--phase=expand");
    file("V2__contract_mail.sql", "-- pharos: safe-from 1.4.0\nALTER TABLE users DROP mail;");
    try (var pharos = new NotingPharos()) {
      for (String refusal : List.of("no", "unknown", "", "perhaps")) {
        pharos.answer = refusal;
        Ran refused = run(pharos.words("--phase=contract"));
        assertThat(refused.code()).as(refusal).isEqualTo(1);
        assertThat(refused.err()).contains("V2__contract_mail.sql may not run now (" + refusal);
      }
      pharos.answer = "later";
      Ran later = run(pharos.words("--phase=contract"));
      assertThat(later.code()).isZero();
      assertThat(later.out()).contains("V2__contract_mail.sql waits: so it is");
      pharos.answer = "yes";
      pharos.status = 500;
      Ran away = run(pharos.words("--phase=contract"));
      assertThat(away.code()).isEqualTo(5);
      Ran forced = run(pharos.words("--phase=contract", "--force=nobody reads it"));
      assertThat(forced.code()).as("a Pharos that is there is told").isEqualTo(5);
      assertThat(applied()).containsExactly("V1__expand_users.sql");
      pharos.status = 200;
      pharos.told.clear();
      Ran yes = run(pharos.words("--phase=contract"));
      assertThat(yes.code()).as(yes.err()).isZero();
      assertThat(pharos.told)
          .endsWith(
              "V2__contract_mail.sql begun 1.5.0 1.4.0",
              "V2__contract_mail.sql applied 1.5.0 1.4.0");
      assertThat(applied()).hasSize(2);
    }
  }

  @Test
  void databaseThatCantBeReached_isNoFailureOfAFile() throws Exception {
    schema();
    Ran away = run("--phase=expand", "--backend.jdbc.url=jdbc:postgresql://127.0.0.1:21399/x");
    assertThat(away.code()).as(away.err()).isEqualTo(5);
    assertThat(away.err()).contains("jdbc:postgresql://127.0.0.1:21399/x as postgres: Connection");
    Ran nobody =
        run("--phase=expand", "--backend.jdbc.url=jdbc:postgresql://h/x?password=s3cret x");
    assertThat(nobody.out() + nobody.err()).doesNotContain("s3cret");
    assertThat(run("--phase=sideways").code()).isEqualTo(64);
    assertThat(run("--phase=expand", "--migrations.dir=/nowhere").code()).isEqualTo(64);
  }
}
