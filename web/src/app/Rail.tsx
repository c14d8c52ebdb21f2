/** The narrow rail: where one can go, the palette, and light or dark. */
import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import {
  IconActivity,
  IconMoon,
  IconPlayerPlay,
  IconSearch,
  IconServer2,
  IconSettings,
  IconSun,
  IconTags,
  IconVideo,
  type IconProps,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type ComponentType, Suspense, useEffect, useState } from "react";

import { later } from "@/api/parts";
import { words } from "@/strings";

import styles from "./Rail.module.css";

const Palette = later(() => import("@/features/palette/Palette"));

const PLACES: readonly { to: string; name: string; icon: ComponentType<IconProps> }[] = [
  { to: "/", name: words.app.rail.library, icon: IconVideo },
  { to: "/runs", name: words.app.rail.runs, icon: IconPlayerPlay },
  { to: "/tag-sets", name: words.app.rail.tagSets, icon: IconTags },
  { to: "/endpoints", name: words.app.rail.endpoints, icon: IconServer2 },
  { to: "/system", name: words.app.rail.system, icon: IconActivity },
  { to: "/settings", name: words.app.rail.settings, icon: IconSettings },
];

export function Rail() {
  const [palette, setPalette] = useState(false);
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        // Over what fills the screen it could not be seen.
        if (document.fullscreenElement) void document.exitFullscreen();
        setPalette((is) => !is);
      }
    };
    window.addEventListener("keydown", open);
    return () => window.removeEventListener("keydown", open);
  }, []);
  return (
    <nav className={styles.rail} aria-label={words.app.rail.label}>
      {PLACES.map(({ to, name, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          className={styles.place}
          activeOptions={{ exact: to === "/", includeSearch: false }}
          activeProps={{ "data-active": true }}
        >
          <Icon size={20} stroke={1.6} aria-hidden />
          <span>{name}</span>
        </Link>
      ))}
      <div className={styles.end}>
        <Tooltip label={`${words.app.rail.palette} (Ctrl K)`} position="right">
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={words.app.rail.palette}
            onClick={() => setPalette(true)}
          >
            <IconSearch size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
        <Scheme />
      </div>
      {palette ? (
        <Suspense fallback={null}>
          <Palette close={() => setPalette(false)} />
        </Suspense>
      ) : null}
    </nav>
  );
}

function Scheme() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  return (
    <Tooltip label={words.app.rail.theme} position="right">
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={words.app.rail.theme}
        onClick={() => setColorScheme(scheme === "dark" ? "light" : "dark")}
      >
        {scheme === "dark" ? (
          <IconSun size={18} stroke={1.6} />
        ) : (
          <IconMoon size={18} stroke={1.6} />
        )}
      </ActionIcon>
    </Tooltip>
  );
}
