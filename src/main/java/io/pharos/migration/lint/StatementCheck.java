package io.pharos.migration.lint;

import static io.pharos.migration.MigrationRule.ADD_CHECK;
import static io.pharos.migration.MigrationRule.ADD_FOREIGN_KEY;
import static io.pharos.migration.MigrationRule.ADD_NOT_NULL;
import static io.pharos.migration.MigrationRule.ADD_UNIQUE;
import static io.pharos.migration.MigrationRule.ALL_ROWS;
import static io.pharos.migration.MigrationRule.ALTER_TYPE;
import static io.pharos.migration.MigrationRule.CLIENT;
import static io.pharos.migration.MigrationRule.DROP;
import static io.pharos.migration.MigrationRule.DROP_COLUMN;
import static io.pharos.migration.MigrationRule.DROP_CONSTRAINT;
import static io.pharos.migration.MigrationRule.DROP_DEFAULT;
import static io.pharos.migration.MigrationRule.DYNAMIC;
import static io.pharos.migration.MigrationRule.INDEX_BLOCKS;
import static io.pharos.migration.MigrationRule.NEEDS_NO_TRANSACTION;
import static io.pharos.migration.MigrationRule.RENAME;
import static io.pharos.migration.MigrationRule.REVOKE;
import static io.pharos.migration.MigrationRule.REWRITE;
import static io.pharos.migration.MigrationRule.ROW_SECURITY;
import static io.pharos.migration.MigrationRule.SESSION;
import static io.pharos.migration.MigrationRule.SET_NOT_NULL;
import static io.pharos.migration.MigrationRule.TABLE_LOCK;
import static io.pharos.migration.MigrationRule.TRANSACTION;
import static io.pharos.migration.MigrationRule.TRUNCATE;

import io.pharos.migration.MigrationRule;
import io.pharos.migration.sql.SqlScript;
import io.pharos.migration.sql.SqlScript.SqlException;
import io.pharos.migration.sql.SqlScript.SqlStatement;
import io.pharos.migration.sql.SqlToken;
import io.pharos.migration.sql.SqlToken.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Checks the statements of one file in their order. Objects that an earlier statement of the file
/// created may be changed freely, since nothing uses them yet.
final class StatementCheck {
  /// First words of the statements that are checked inside a PL/pgSQL body.
  private static final Set<String> VERBS =
      Set.of(
          ("ALTER CLUSTER COPY CREATE DELETE DO DROP EXECUTE LOCK REINDEX REVOKE TRUNCATE UPDATE"
                  + " VACUUM COMMIT ROLLBACK")
              .split(" "));

  /// Tokens after which a statement begins inside a PL/pgSQL body; `>` ends a label.
  private static final Set<String> BEGINNINGS = Set.of("BEGIN", "THEN", "ELSE", "LOOP", ";", ">");

  private static final Set<String> SERIAL =
      Set.of("SERIAL", "BIGSERIAL", "SMALLSERIAL", "SERIAL2", "SERIAL4", "SERIAL8");

  /// Functions that return the same value for all rows of a statement. A new column with such a
  /// default does not rewrite the table.
  private static final Set<String> STABLE =
      Set.of(
          ("NOW CURRENT_TIMESTAMP CURRENT_DATE CURRENT_TIME LOCALTIMESTAMP TRANSACTION_TIMESTAMP"
                  + " STATEMENT_TIMESTAMP TO_TIMESTAMP CURRENT_USER")
              .split(" "));

  /// A violation of a rule.
  ///
  /// @param text the part of the statement that violates the rule, such as `DROP COLUMN quota`
  record Violation(int line, MigrationRule rule, String text) {}

  private final boolean inTransaction;
  private final Set<String> created = new HashSet<>();
  private final List<Violation> violations = new ArrayList<>();

  StatementCheck(boolean inTransaction) {
    this.inTransaction = inTransaction;
  }

  /// Checks the next statement of the file and returns its violations.
  List<Violation> check(SqlStatement statement) {
    violations.clear();
    statement(new TokenCursor(statement.tokens()), 0);
    return List.copyOf(violations);
  }

  private void add(MigrationRule rule, TokenCursor words, String text) {
    violations.add(new Violation(words.first().line(), rule, text));
  }

  private void addIf(boolean violates, MigrationRule rule, TokenCursor words, String text) {
    if (violates) {
      add(rule, words, text);
    }
  }

  private void statement(TokenCursor words, int depth) {
    SqlToken first = words.first();
    if (first.kind() == Kind.SYMBOL) {
      addIf(first.is("\\"), CLIENT, words, "a command of psql");
      return;
    }
    switch (first.text()) {
      case "ALTER" -> alter(words);
      case "DROP" -> drop(words);
      case "CREATE" -> create(words);
      case "DO" -> block(words, depth);
      case "EXECUTE" -> add(DYNAMIC, words, "EXECUTE");
      case "TRUNCATE" -> add(TRUNCATE, words, "TRUNCATE");
      case "REVOKE" -> add(REVOKE, words, "REVOKE");
      case "BEGIN", "COMMIT", "END", "ROLLBACK", "ABORT", "START", "SAVEPOINT", "RELEASE" ->
          add(TRANSACTION, words, first.text());
      case "PREPARE" ->
          addIf(words.begins("PREPARE", "TRANSACTION"), TRANSACTION, words, "PREPARE TRANSACTION");
      case "SET", "RESET" ->
          addIf(
              !words.beginsAny("SET LOCAL", "SET CONSTRAINTS", "SET TRANSACTION"),
              SESSION,
              words,
              first.text());
      case "DISCARD", "LISTEN" -> add(SESSION, words, first.text());
      case "COPY" -> {
        String stream = words.has("STDIN") ? "STDIN" : "STDOUT";
        addIf(words.has(stream), CLIENT, words, "COPY with " + stream);
      }
      case "LOCK" -> add(TABLE_LOCK, words, "LOCK TABLE");
      case "VACUUM" -> {
        requireNoTransaction(words, "VACUUM");
        addIf(words.hasAnywhere("FULL"), TABLE_LOCK, words, "VACUUM FULL");
      }
      case "CLUSTER" -> add(TABLE_LOCK, words, "CLUSTER");
      case "REINDEX" -> reindex(words);
      case "DELETE", "UPDATE" ->
          addIf(!words.has("WHERE"), ALL_ROWS, words, first.text() + " without WHERE");
      default -> {}
    }
  }

  private void requireNoTransaction(TokenCursor words, String text) {
    addIf(inTransaction, NEEDS_NO_TRANSACTION, words, text);
  }

  private void reindex(TokenCursor words) {
    if (words.hasAnywhere("CONCURRENTLY")) {
      requireNoTransaction(words, "REINDEX CONCURRENTLY");
    } else {
      add(INDEX_BLOCKS, words, "REINDEX");
    }
  }

  private void drop(TokenCursor words) {
    words.skip("DROP");
    String kind = words.first().text();
    switch (kind) {
      case "INDEX" -> {
        if (words.skip("INDEX", "CONCURRENTLY")) {
          requireNoTransaction(words, "DROP INDEX CONCURRENTLY");
        } else {
          add(INDEX_BLOCKS, words, "DROP INDEX");
        }
      }
      case "DATABASE", "TABLESPACE" -> {
        add(DROP, words, "DROP " + kind);
        requireNoTransaction(words, "DROP " + kind);
      }
      case "TRIGGER", "RULE", "POLICY", "STATISTICS" -> {}
      case "OWNED" -> add(DROP, words, "DROP OWNED");
      default -> {
        words.skipOne();
        words.skip("VIEW"); // after MATERIALIZED
        words.skip("TABLE"); // after FOREIGN
        words.skip("IF", "EXISTS");
        String name = words.name();
        boolean isNew = created.contains(name) && (words.isEmpty() || !words.has(","));
        addIf(!isNew, DROP, words, "DROP " + kind + shown(name));
      }
    }
  }

  private static String shown(String name) {
    return name.isEmpty() ? "" : " " + name.replace("\"", "");
  }

  private void create(TokenCursor words) {
    words.skip("CREATE");
    words.skip("OR", "REPLACE");
    boolean unique = words.skip("UNIQUE");
    if (words.skip("INDEX")) {
      index(words, unique);
      return;
    }
    if (words.beginsAny("DATABASE", "TABLESPACE", "SUBSCRIPTION")) {
      requireNoTransaction(words, "CREATE " + words.first().text());
      return;
    }
    while (words.skipAny("GLOBAL", "LOCAL", "TEMPORARY", "TEMP", "UNLOGGED", "MATERIALIZED")) {
      // The words between CREATE and TABLE do not matter.
    }
    // With IF NOT EXISTS the table may exist and be in use.
    if ((words.skip("TABLE") || words.skip("VIEW")) && !words.begins("IF", "NOT", "EXISTS")) {
      String name = words.name();
      if (!name.isEmpty()) {
        created.add(name);
      }
    }
  }

  private void index(TokenCursor words, boolean unique) {
    boolean concurrently = words.skip("CONCURRENTLY");
    TokenCursor table = words.behind("ON");
    table.skip("ONLY");
    String name = table.name();
    if (concurrently) {
      requireNoTransaction(words, "CREATE INDEX CONCURRENTLY");
    } else if (!created.contains(name)) {
      add(INDEX_BLOCKS, words, "CREATE " + (unique ? "UNIQUE " : "") + "INDEX on" + shown(name));
    }
  }

  private void alter(TokenCursor words) {
    words.skip("ALTER");
    String kind = words.first().text();
    if (!words.skip("TABLE") && !words.skip("FOREIGN", "TABLE")) {
      alterOther(words, kind);
      return;
    }
    words.skip("IF", "EXISTS");
    words.skip("ONLY");
    String name = words.name();
    words.skip("*");
    if (created.contains(name)) {
      return;
    }
    for (TokenCursor action : words.parts()) {
      if (!action.isEmpty()) {
        action(action, "ALTER TABLE" + shown(name));
      }
    }
  }

  private void alterOther(TokenCursor words, String kind) {
    switch (kind) {
      case "SYSTEM" -> requireNoTransaction(words, "ALTER SYSTEM");
      case "INDEX" -> {} // backends do not refer to indexes by name
      default -> {
        if (words.has("RENAME")) {
          add(RENAME, words, "ALTER " + kind + " … RENAME");
        } else if (words.has("SET", "SCHEMA")) {
          add(RENAME, words, "ALTER " + kind + " … SET SCHEMA");
        }
      }
    }
    if (kind.equals("DOMAIN")) {
      boolean valid = words.has("ADD") && !words.has("NOT", "VALID");
      addIf(valid, ADD_CHECK, words, "ALTER DOMAIN … ADD CONSTRAINT");
      addIf(words.has("SET", "NOT"), SET_NOT_NULL, words, "ALTER DOMAIN … SET NOT NULL");
    } else if (kind.equals("TYPE")) {
      addIf(words.has("DROP", "ATTRIBUTE"), DROP_COLUMN, words, "DROP ATTRIBUTE");
      addIf(words.has("ALTER", "ATTRIBUTE"), ALTER_TYPE, words, "ALTER ATTRIBUTE");
    }
  }

  /// Checks one action of ALTER TABLE.
  ///
  /// @param prefix `ALTER TABLE` and the table's name, for messages
  private void action(TokenCursor words, String prefix) {
    if (words.begins("RENAME")) {
      add(RENAME, words, prefix + " RENAME");
    } else if (words.begins("SET", "SCHEMA")) {
      add(RENAME, words, prefix + " SET SCHEMA");
    } else if (words.begins("DROP", "CONSTRAINT")) {
      add(DROP_CONSTRAINT, words, prefix + " DROP CONSTRAINT");
    } else if (words.skip("DROP")) {
      words.skip("COLUMN");
      words.skip("IF", "EXISTS");
      add(DROP_COLUMN, words, prefix + " DROP COLUMN" + shown(words.name()));
    } else if (words.begins("DETACH")) {
      add(DROP, words, prefix + " DETACH PARTITION");
      if (words.has("CONCURRENTLY")) {
        requireNoTransaction(words, "DETACH PARTITION CONCURRENTLY");
      }
    } else if (words.has("ROW", "LEVEL") && !words.beginsAny("DISABLE", "NO")) {
      add(ROW_SECURITY, words, prefix + " " + words.first().text() + " ROW LEVEL SECURITY");
    } else if (words.beginsAny("SET LOGGED", "SET UNLOGGED", "SET TABLESPACE", "SET ACCESS")) {
      words.skip("SET");
      add(REWRITE, words, prefix + " SET " + words.first().text());
    } else if (words.skip("ADD")) {
      addition(words, prefix);
    } else if (words.skip("ALTER") && !words.begins("CONSTRAINT")) {
      words.skip("COLUMN");
      column(words, prefix + " ALTER COLUMN" + shown(words.name()));
    }
  }

  private void column(TokenCursor words, String prefix) {
    if (words.beginsAny("TYPE", "SET DATA TYPE")) {
      add(ALTER_TYPE, words, prefix + " TYPE");
    } else if (words.begins("SET", "NOT", "NULL")) {
      add(SET_NOT_NULL, words, prefix + " SET NOT NULL");
    } else if (words.beginsAny("DROP DEFAULT", "DROP IDENTITY")) {
      String dropped = words.begins("DROP", "DEFAULT") ? "DEFAULT" : "IDENTITY";
      add(DROP_DEFAULT, words, prefix + " DROP " + dropped);
    } else if (words.begins("SET", "EXPRESSION")) {
      add(REWRITE, words, prefix + " SET EXPRESSION");
    }
  }

  private void addition(TokenCursor words, String prefix) {
    if (words.skip("CONSTRAINT")) {
      words.name();
      constraint(words, prefix + " ADD ");
    } else if (words.beginsAny(
        "UNIQUE", "PRIMARY KEY", "CHECK", "FOREIGN KEY", "EXCLUDE", "NOT NULL")) {
      constraint(words, prefix + " ADD ");
    } else {
      words.skip("COLUMN");
      words.skip("IF", "NOT", "EXISTS");
      newColumn(words, prefix + " ADD COLUMN" + shown(words.name()));
    }
  }

  private void constraint(TokenCursor words, String prefix) {
    boolean valid = !words.has("NOT", "VALID");
    if (words.begins("CHECK")) {
      addIf(valid, ADD_CHECK, words, prefix + "CHECK without NOT VALID");
    } else if (words.begins("FOREIGN")) {
      addIf(valid, ADD_FOREIGN_KEY, words, prefix + "FOREIGN KEY without NOT VALID");
    } else if (words.begins("NOT", "NULL")) {
      addIf(valid, SET_NOT_NULL, words, prefix + "NOT NULL without NOT VALID");
    } else if (!words.has("USING", "INDEX") || words.begins("EXCLUDE")) {
      String kind = words.first().text();
      add(ADD_UNIQUE, words, prefix + (kind.equals("PRIMARY") ? "PRIMARY KEY" : kind));
    }
  }

  private void newColumn(TokenCursor words, String prefix) {
    boolean serial = words.first().kind() == Kind.WORD && SERIAL.contains(words.first().text());
    boolean generated = words.has("GENERATED");
    boolean unique = words.has("UNIQUE");
    boolean primary = words.has("PRIMARY", "KEY");
    TokenCursor value = words.behind("DEFAULT");
    boolean hasValue =
        serial || generated || (!value.isEmpty() && !value.begins("NULL") && words.has("DEFAULT"));
    boolean required = words.has("NOT", "NULL") || primary;
    addIf(required && !hasValue, ADD_NOT_NULL, words, prefix + " NOT NULL without a DEFAULT");
    addIf(unique || primary, ADD_UNIQUE, words, prefix + (unique ? " UNIQUE" : " PRIMARY KEY"));
    addIf(words.has("CHECK"), ADD_CHECK, words, prefix + " CHECK");
    addIf(words.has("REFERENCES"), ADD_FOREIGN_KEY, words, prefix + " REFERENCES");
    String rewriteCause =
        serial
            ? " of a serial type"
            : generated ? " GENERATED" : " with a DEFAULT that is computed for each row";
    addIf(serial || generated || (hasValue && calls(value)), REWRITE, words, prefix + rewriteCause);
  }

  /// Returns whether an expression calls a function that may return another value for each row.
  private static boolean calls(TokenCursor value) {
    List<SqlToken> tokens = value.rest();
    for (int i = 0; i + 1 < tokens.size(); i++) {
      SqlToken token = tokens.get(i);
      if (token.is("CHECK") || token.is("REFERENCES") || token.is("CONSTRAINT")) {
        return false;
      }
      if (token.isName()
          && tokens.get(i + 1).is("(")
          && !STABLE.contains(token.text())
          && !(i > 0 && tokens.get(i - 1).is(":"))) {
        return true;
      }
    }
    return false;
  }

  /// Checks the statements in the body of DO. Conditions are not evaluated: every statement is
  /// checked as if it ran.
  private void block(TokenCursor words, int depth) {
    for (SqlToken token : words.rest()) {
      if (token.kind() != Kind.STRING) {
        continue;
      }
      List<SqlToken> body;
      try {
        body = SqlScript.tokens(token.text(), token.bodyLine());
      } catch (SqlException _) { // invalid SQL, which the server will refuse
        body = List.of();
      }
      if (depth > 4) {
        add(DYNAMIC, words, "DO in DO");
        return;
      }
      program(body, depth + 1);
    }
  }

  private void program(List<SqlToken> body, int depth) {
    for (int i = 0; i < body.size(); i++) {
      SqlToken token = body.get(i);
      boolean isBeginning = i == 0 || BEGINNINGS.contains(body.get(i - 1).text());
      if (isBeginning && token.kind() == Kind.WORD && VERBS.contains(token.text())) {
        int end = i;
        while (end < body.size() && !body.get(end).is(";")) {
          end++;
        }
        statement(new TokenCursor(body.subList(i, end)), depth);
        i = end;
      }
    }
  }
}
