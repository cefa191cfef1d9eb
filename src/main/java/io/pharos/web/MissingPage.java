package io.pharos.web;

import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import java.util.List;

/// What people see where there is no page: the way to those that there are.
public final class MissingPage {
  /* Below these, programs ask; for them 404 is as their API has it. */
  private static final List<String> PROGRAMS =
      List.of(
          "/api/",
          "/alertmanager/",
          "/-/",
          "/q/",
          "/metrics",
          "/federate",
          "/assets/",
          "/webjars/");

  /// The page's template, checked at build time.
  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance page(String title, String path);
  }

  private MissingPage() {}

  /// Whether people ask for such a path.
  public static boolean isForPeople(String path) {
    return PROGRAMS.stream().noneMatch((path + "/").replace("//", "/")::startsWith);
  }

  public static String html(String path) {
    return Templates.page("Not found", path).render();
  }
}
