/** Every word that the page says, in one place: a file for each room. */
import { app } from "./app";
import { common } from "./common";
import { compare } from "./compare";
import { endpoints } from "./endpoints";
import { library } from "./library";
import { media } from "./media";
import { palette } from "./palette";
import { run } from "./run";
import { runs } from "./runs";
import { settings } from "./settings";
import { system } from "./system";
import { tagsets } from "./tagsets";
import { timeline } from "./timeline";
import { upload } from "./upload";
import { welcome } from "./welcome";

export const words = {
  app,
  common,
  compare,
  endpoints,
  library,
  media,
  palette,
  run,
  runs,
  settings,
  system,
  tagsets,
  timeline,
  upload,
  welcome,
} as const;
