import { Link } from "@tanstack/react-router";

import { words } from "@/strings";
import { Notice } from "@/ui/Notice";

export function NotFound() {
  return (
    <Notice alone title={words.app.notFound.title} text={words.app.notFound.text}>
      <Link to="/">{words.app.notFound.way}</Link>
    </Notice>
  );
}
